// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/engine_queue.h"
#include "engine/autograd/replay.h"
#include "widgets/player/stops.h"

#include <QWidget>

#include <cstddef>
#include <memory>
#include <optional>

namespace chainrule {

/// The steps of the forward and the backward pass on a line, each by its name, with transport buttons. Shows a
/// moment; who holds the step decides what it becomes.
class Player : public QWidget {
    Q_OBJECT
public:
    explicit Player(QWidget* parent = nullptr);
    ~Player() override;

    bool isPlaying() const;
    /// Milliseconds from one step to the next while it plays.
    int interval() const;

    /// What the engine has before it at the moment that is shown; absent while nobody knows.
    void showQueue(const std::optional<EngineQueue>& queue, std::size_t recordedBytes);
    void showStops(const Stops& stops);
    const Stops& stops() const;
    /// While it plays: whether the next step is taken only once somebody knows where to stop.
    void setHeld(bool isHeld);
    /// It stops playing, if it does, and says at which breakpoint, until another step is shown.
    void stopAt(const QString& breakpoint);

public Q_SLOTS:
    void showMoment(const chainrule::Moment& moment);
    void togglePlaying();

Q_SIGNALS:
    /// Of Moment::step().
    void stepRequested(std::ptrdiff_t step);
    void playingChanged(bool isPlaying);
    void stopsEdited(const chainrule::Stops& stops);
    void continueRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    class Parts;

    void lookAlike();
    void arrange();
    void connectParts();
    void request(qint64 step);
    void goToStart();
    void play(bool isOn);
    void showTexts();
    void showStepTexts();

    std::unique_ptr<Parts> m_parts;
};

/// "z ← g": what a step is called, and "loss" for the root's own gradient; event: 0 … length - 1.
QString stepName(const Replay& replay, std::size_t event);
/// Likewise of any step of a moment; of a forward one it is the node's name.
QString stepNameAt(const Replay& replay, std::ptrdiff_t step);

}  // namespace chainrule
