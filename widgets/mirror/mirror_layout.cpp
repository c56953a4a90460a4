// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mirror/mirror_layout.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

constexpr qreal gap = 14;         // Between boxes at least.
constexpr qreal column = 196;     // From one grad_fn of a node to the next.
constexpr QPointF squeeze(0.8, 0.62);  // Boxes are so much smaller than nodes.
constexpr int mostTries = 4096;
constexpr qreal farAway = std::numeric_limits<qreal>::quiet_NaN();

/// The last grad_fn of a group has depth 0, what it leads to within the group 1, and so on; `rank`: which one of its depth.
struct Steps {
    std::vector<int> depth;
    std::vector<int> rank;
};

Steps stepsOf(const GradGraph& graph)
{
    Steps steps{std::vector<int>(graph.size(), 0), std::vector<int>(graph.size(), 0)};
    std::unordered_map<std::uint64_t, int> taken;
    for (std::uint32_t node = 0; node < graph.size(); ++node) {  // A node stands before all that it leads to.
        const GradNode& what = graph[node];
        const std::uint64_t group = what.node ? what.node->value : std::uint64_t(what.pass) << 32;
        steps.rank[node] = taken[group << 20 | std::uint64_t(steps.depth[node])]++;
        for (const GradEdge& edge : graph.next(node))
            if (edge.to != GradEdge::none && graph[edge.to].node == what.node && graph[edge.to].pass == what.pass
                && !graph[edge.to].isLeaf)
                steps.depth[edge.to] = std::max(steps.depth[edge.to], steps.depth[node] + 1);
    }
    return steps;
}

}  // namespace

MirrorLayout::MirrorLayout(const GradGraph& graph, const Scene& scene,
                           const std::function<qreal(std::uint32_t)>& width)
    : m_boxes(graph.size())
{
    const std::vector<QPointF> wish = wishes(graph, scene);
    std::vector<std::uint32_t> order(graph.size());
    for (std::uint32_t node = 0; node < order.size(); ++node)
        order[node] = node;
    // Those that show what a node's outputs show come first to their places.
    std::ranges::stable_sort(order, {}, [&](std::uint32_t node) { return std::pair(!graph[node].isLast, graph[node].pass); });
    for (const std::uint32_t node : order)
        if (!std::isnan(wish[node].x()))
            place(node, wish[node], width(node));
    addArrows(graph);
}

std::vector<QPointF> MirrorLayout::wishes(const GradGraph& graph, const Scene& scene) const
{
    const Steps steps = stepsOf(graph);
    std::vector<QPointF> wish(graph.size(), QPointF(farAway, farAway));
    qreal bottom = 0, right = 0;
    const auto set = [&](std::uint32_t node, QPointF at) {
        wish[node] = at - QPointF(column * steps.depth[node], (height + gap) * -steps.rank[node]);
        bottom = std::max(bottom, wish[node].y() + height);
        right = std::max(right, wish[node].x());
    };
    for (std::uint32_t node = 0; node < graph.size(); ++node)
        if (graph[node].node && scene.contains(*graph[node].node)) {
            const QPointF corner = scene.box(*graph[node].node).topLeft();
            set(node, {corner.x() * squeeze.x(), corner.y() * squeeze.y()});
        }
    for (int pass = 1;; ++pass) {
        const QPointF below(right, bottom + 2 * height);
        bool isAny = false;
        for (std::uint32_t node = 0; node < graph.size(); ++node)
            if (graph[node].pass == pass) {
                isAny = true;
                set(node, below);
            }
        if (!isAny && pass > graph.replay().run().passes())
            return wish;
    }
}

/// At the wish, or as little above or below as is free.
void MirrorLayout::place(std::uint32_t node, QPointF wish, qreal width)
{
    QRectF box(wish, QSizeF(width, height));
    const auto covered = [&](const QRectF& area) {
        const QRectF around = area.adjusted(-gap, -gap, gap, gap);
        const auto near = m_grid.in(around);
        return std::ranges::any_of(near, [&](std::uint32_t other) { return m_boxes[other].intersects(around); });
    };
    for (int i = 1; covered(box) && i < mostTries; ++i) {
        const qreal away = (i + 1) / 2 * (height + gap) / 2;
        box.moveTop(wish.y() + (i % 2 == 1 ? away : -away));
    }
    m_boxes[node] = box;
    m_grid.insert(node, box);
    m_bounds |= box;
}

void MirrorLayout::addArrows(const GradGraph& graph)
{
    for (std::uint32_t node = 0; node < graph.size(); ++node) {
        const auto next = graph.next(node);
        for (std::size_t i = 0; i < next.size() && !m_boxes[node].isNull(); ++i) {
            if (next[i].to == GradEdge::none || m_boxes[next[i].to].isNull())
                continue;
            const qreal share = (qreal(i) + 1) / (qreal(next.size()) + 1);
            const QRectF& to = m_boxes[next[i].to];
            const Arrow arrow{node, next[i].to, {m_boxes[node].left(), m_boxes[node].top() + share * height},
                              {to.right(), to.center().y()}};
            const QRectF area = QRectF(arrow.start, arrow.end).normalized().adjusted(-60, -4, 60, 4);
            m_arrowGrid.insert(std::uint32_t(m_arrows.size()), area);
            m_arrows.push_back(arrow);
        }
    }
}

std::vector<std::uint32_t> MirrorLayout::nodesIn(const QRectF& area) const
{
    auto found = m_grid.in(area);
    std::erase_if(found, [&](std::uint32_t node) { return !m_boxes[node].intersects(area); });
    return found;
}

std::optional<std::uint32_t> MirrorLayout::nodeAt(QPointF position) const
{
    for (const std::uint32_t node : m_grid.in(QRectF(position, QSizeF(1, 1))))
        if (m_boxes[node].contains(position))
            return node;
    return std::nullopt;
}

}  // namespace chainrule
