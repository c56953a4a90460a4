// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background_work.h"
#include "app/commands.h"
#include "app/playback.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/health/health_panel.h"

#include <QObject>

namespace chainrule {

/// Finds out how gradients are at the moment that is shown, for the chart and for the nodes, as long as one of them wants
/// to know; in the background where it takes longer than a frame.
class HealthWatch : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        Playback& playback;
        GraphView& view;
        HealthPanel& panel;
    };
    HealthWatch(const Parts& parts, Commands& commands, QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void update();
    void take(const Moment& moment, const GradientHealth& health);

    Parts m_parts;
    Commands& m_commands;
    NewestWork m_work;
    bool m_isOnNodes = false;
};

}  // namespace chainrule
