// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/grad_graph.h"
#include "widgets/canvas/scene.h"
#include "widgets/canvas/scene_grid.h"

#include <QPointF>
#include <QRectF>

#include <functional>
#include <optional>
#include <vector>

namespace chainrule {

/// Where the boxes of a backward graph stand. That of a grad_fn stands where its node stands on the canvas, closer together
/// as boxes are lower than nodes; further grad_fns of a node run from it to the left, as gradients do. What a pass recorded
/// stands below. No box lies upon another. Plain data, found through a grid.
class MirrorLayout {
public:
    static constexpr qreal height = 46;

    MirrorLayout() = default;
    /// `width`: of the box of a node. Nodes that the scene does not have any more are left out.
    MirrorLayout(const GradGraph& graph, const Scene& scene, const std::function<qreal(std::uint32_t)>& width);

    /// Null: it is left out.
    const QRectF& box(std::uint32_t node) const { return m_boxes[node]; }
    QRectF bounds() const { return m_bounds; }
    std::vector<std::uint32_t> nodesIn(const QRectF& area) const;
    std::optional<std::uint32_t> nodeAt(QPointF position) const;

    /// An arrow, from a node to the one that its next function number `index` is.
    struct Arrow {
        std::uint32_t from;
        std::uint32_t to;
        QPointF start;
        QPointF end;
    };
    const std::vector<Arrow>& arrows() const { return m_arrows; }
    std::vector<std::uint32_t> arrowsIn(const QRectF& area) const { return m_arrowGrid.in(area); }

private:
    std::vector<QPointF> wishes(const GradGraph& graph, const Scene& scene) const;
    void place(std::uint32_t node, QPointF wish, qreal width);
    void addArrows(const GradGraph& graph);

    std::vector<QRectF> m_boxes;
    std::vector<Arrow> m_arrows;
    QRectF m_bounds;
    SceneGrid m_grid;
    SceneGrid m_arrowGrid;
};

}  // namespace chainrule
