// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"

#include <cstdint>
#include <vector>

namespace chainrule {

/// What one node is computed from, itself included, and by which way. O(n) to make, in constant stack; then
/// asking costs nothing.
class Upstream {
public:
    /// Precondition: contains(node), and every source is in the graph, which outlives this.
    Upstream(const Graph& graph, NodeId node);

    bool contains(NodeId node) const;
    /// The nodes along one of the shortest ways from `node` down to the one that was asked for, both
    /// included. Precondition: contains(node).
    std::vector<NodeId> wayFrom(NodeId node) const;

private:
    using Index = std::uint32_t;
    static constexpr Index unreached = 0xffffffff;

    const Graph* m_graph;  // Not owned.
    std::vector<Index> m_next;  // By index: the consumer on the way down, at the end of the way itself.
};

}  // namespace chainrule
