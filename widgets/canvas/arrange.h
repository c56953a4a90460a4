// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"

#include <QPointF>

#include <functional>
#include <unordered_map>
#include <vector>

namespace chainrule {

/// Places nodes that a document leaves without a position: from left to right by how deep they depend on one another,
/// each as near as it can be to the height of what it is computed from, none over another. Their upper left is at
/// (0, 0). Quick and plain; "Lay out" does better.
std::unordered_map<NodeId, QPointF> arranged(const Graph& graph, const std::vector<NodeId>& nodes,
                                             const std::function<qreal(NodeId)>& height);

}  // namespace chainrule
