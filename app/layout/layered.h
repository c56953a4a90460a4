// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"

#include <functional>
#include <span>

namespace chainrule {

/// Where nodes stand when they are laid out from left to right in layers (Sugiyama's method, igraph's): inputs
/// left of their consumers, few crossings, no two overlapping. `size`: how large a node is drawn. Lays out `nodes`
/// alone, about where they are now; empty: all. 10 000 nodes take about half a second.
MoveNodes layered(const Diagram& diagram, std::span<const NodeId> nodes, const std::function<Size(NodeId)>& size);

}  // namespace chainrule
