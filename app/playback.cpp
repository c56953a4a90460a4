// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/playback.h"

#include <algorithm>

namespace chainrule {

Playback::Playback(QObject* parent) : QObject(parent) {}

void Playback::show(std::shared_ptr<const Replay> replay)
{
    const bool staysAtStep = m_staysAtStep && !m_moment.isAtEnd() && replay->length() == length();
    m_staysAtStep = true;
    m_moment = staysAtStep ? Moment(std::move(replay), m_moment.position()) : Moment(std::move(replay));
    Q_EMIT momentChanged(m_moment);
}

void Playback::goTo(std::size_t position)
{
    position = std::min(position, length());
    if (m_moment.isEmpty() || position == m_moment.position())
        return;
    m_moment = m_moment.at(position);
    Q_EMIT momentChanged(m_moment);
}

void Playback::stepForward()
{
    goTo(m_moment.position() + 1);
}

void Playback::stepBack()
{
    if (m_moment.position() > 0)
        goTo(m_moment.position() - 1);
}

void Playback::clear()
{
    m_moment = {};
    Q_EMIT momentChanged(m_moment);
}

}  // namespace chainrule
