// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/arrange.h"

#include "engine/graph/plan.h"
#include "widgets/canvas/node_shape.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal columnWidth = 240;
constexpr qreal gap = 20;

}  // namespace

std::unordered_map<NodeId, QPointF> arranged(const Graph& graph, const std::vector<NodeId>& nodes,
                                             const std::function<qreal(NodeId)>& height)
{
    std::vector<NodeId> order = nodes;
    std::ranges::sort(order);
    if (const auto planned = plan(graph)) {  // Else, with a cycle, document order must do.
        std::vector<NodeId> chosen;
        for (const NodeId id : *planned)
            if (std::ranges::binary_search(order, id))
                chosen.push_back(id);
        order = std::move(chosen);
    }
    std::unordered_map<NodeId, QPointF> places;
    std::vector<qreal> bottoms;  // Of each column.
    for (const NodeId id : order) {
        std::size_t column = 0;
        qreal sum = 0;
        int count = 0;
        forEachSource(graph.at(id), [&](const Source& source) {
            const auto place = places.find(source.node);
            if (place == places.end())
                return;
            column = std::max(column, std::size_t(place->second.x() / columnWidth) + 1);
            sum += place->second.y();
            ++count;
        });
        if (column >= bottoms.size())
            bottoms.resize(column + 1, 0);
        const qreal top = std::max(bottoms[column], count > 0 ? std::floor(sum / count / 4) * 4 : 0);
        places[id] = {qreal(column) * columnWidth, top};
        bottoms[column] = top + height(id) + gap;
    }
    return places;
}

}  // namespace chainrule
