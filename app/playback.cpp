// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/playback.h"

#include <algorithm>

namespace chainrule {

Playback::Playback(QObject* parent) : QObject(parent) {}

void Playback::show(std::shared_ptr<const Replay> replay)
{
    const bool staysAtStep = m_staysAtStep && !m_moment.isAtEnd() && replay->length() == length()
        && replay->forwardLength() == forwardLength();
    m_staysAtStep = true;
    const std::ptrdiff_t step = m_moment.step();
    m_moment = Moment(std::move(replay));
    if (staysAtStep)
        m_moment = m_moment.atStep(step);
    Q_EMIT momentChanged(m_moment);
}

void Playback::goTo(std::size_t position)
{
    goToStep(std::ptrdiff_t(std::min(position, length())));
}

void Playback::goToStep(std::ptrdiff_t step)
{
    step = std::clamp(step, -std::ptrdiff_t(forwardLength()), std::ptrdiff_t(length()));
    if (m_moment.isEmpty() || step == m_moment.step())
        return;
    m_moment = m_moment.atStep(step);
    Q_EMIT momentChanged(m_moment);
}

void Playback::stepForward()
{
    goToStep(m_moment.step() + 1);
}

void Playback::stepBack()
{
    goToStep(m_moment.step() - 1);
}

void Playback::clear()
{
    m_moment = {};
    Q_EMIT momentChanged(m_moment);
}

}  // namespace chainrule
