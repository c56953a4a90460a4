// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"
#include "engine/ops/op.h"

#include <optional>

namespace chainrule {

/// The input ports of a node from top to bottom: one for each tensor parameter of its op; of one that takes a list
/// each item and one more to append; and what else is connected.
using InputPorts = InlineVector<Target, 4>;
InputPorts inputPorts(const Node& node, NodeId id);

/// Where the link ends whose bends these are.
std::optional<Target> targetOf(const Graph& graph, const Route& route);

}  // namespace chainrule
