// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QWidget>

#include <memory>

namespace chainrule {

/// The steps of the backward pass on a line, each by its name, with transport buttons. Shows a moment; who holds the
/// position decides what it becomes.
class Player : public QWidget {
    Q_OBJECT
public:
    explicit Player(QWidget* parent = nullptr);
    ~Player() override;

    bool isPlaying() const;

public Q_SLOTS:
    void showMoment(const chainrule::Moment& moment);

Q_SIGNALS:
    void positionRequested(std::size_t position);

private:
    class Parts;

    void request(qint64 position);
    void play(bool isOn);
    void showTexts();

    std::unique_ptr<Parts> m_parts;
};

/// "z ← g": what a step is called, and "loss" for the root's own gradient; event: 0 … length - 1.
QString stepName(const Replay& replay, std::size_t event);

}  // namespace chainrule
