// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/background_work.h"
#include "app/document.h"
#include "app/playback.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/mirror/mirror_panel.h"

#include <QObject>

namespace chainrule {

/// Keeps the backward graph that is shown that of the moment's run, as long as its panel is to be seen, and what is pointed
/// at and selected the same there and on the canvas.
class MirrorWatch : public QObject {
    Q_OBJECT
public:
    /// All of them outlive this.
    struct Parts {
        OpenDocument& document;
        Playback& playback;
        GraphView& view;
        MirrorPanel& panel;
    };
    MirrorWatch(const Parts& parts, QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void update();
    void place();
    void take(std::shared_ptr<const GradGraph> graph);
    void choose(NodeId node);

    Parts m_parts;
    NewestWork m_work;
    std::shared_ptr<const Replay> m_replay;  // Whose graph is shown, or being made.
    std::shared_ptr<const GradGraph> m_graph;
    bool m_isChoosing = false;
};

}  // namespace chainrule
