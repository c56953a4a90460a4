// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/graph.h"

#include <vector>

namespace chainrule {

/// The order in which nodes are evaluated and exported: again and again the first node in document order all
/// of whose inputs are done. Of a document whose nodes stand behind their inputs that is the document's
/// order. O(n log n), in constant stack. Precondition: every source is in the graph.
/// @returns Error::Kind::Document where there is none, with the names of the nodes of one cycle:
///          `node "a", field "inputs": the nodes a, b form a cycle`.
Result<std::vector<NodeId>> plan(const Graph& graph);

/// The same where it is known that there is no cycle, as in every diagram.
std::vector<NodeId> orderOf(const Graph& graph);

/// That error, for a cycle whose nodes are given the way the values would flow, beginning anywhere.
Error cycleError(const Graph& graph, std::vector<NodeId> cycle);

}  // namespace chainrule
