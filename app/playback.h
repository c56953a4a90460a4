// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QObject>

namespace chainrule {

/// Which moment of the newest run is shown: the one position that canvas, inspector and player follow. Holds no
/// run but the newest, and computes none.
class Playback : public QObject {
    Q_OBJECT
public:
    explicit Playback(QObject* parent = nullptr);

    const Moment& moment() const { return m_moment; }
    std::size_t length() const { return m_moment.isEmpty() ? 0 : m_moment.replay().length(); }
    std::size_t forwardLength() const { return m_moment.isEmpty() ? 0 : m_moment.replay().forwardLength(); }

    /// Its end; but where one stands in the midst of a replay of the same lengths, the same step stays.
    void show(std::shared_ptr<const Replay> replay);
    /// The next one is shown at its end, wherever one stands now.
    void showEndNext() { m_staysAtStep = false; }
    /// After so many events.
    void goTo(std::size_t position);
    /// See Moment::step().
    void goToStep(std::ptrdiff_t step);
    void stepForward();
    void stepBack();
    void clear();

Q_SIGNALS:
    void momentChanged(const chainrule::Moment& moment);

private:
    Moment m_moment;
    bool m_staysAtStep = true;
};

}  // namespace chainrule
