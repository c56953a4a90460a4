// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QWidget>

namespace chainrule {

/// The steps of the backward pass on a line, each by its name, with transport buttons. Shows a moment; who holds the
/// position decides what it becomes.
class Player : public QWidget {
    Q_OBJECT
public:
    explicit Player(QWidget* parent = nullptr);
    ~Player() override;

public Q_SLOTS:
    void showMoment(const chainrule::Moment& moment);

Q_SIGNALS:
    void positionRequested(std::size_t position);

private:
    class Parts;
    Parts* m_parts;
};

/// "z ← g": what a step is called; event: 0 … length - 1.
QString stepName(const Replay& replay, std::size_t event);

}  // namespace chainrule
