// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"

#include <functional>
#include <span>

namespace chainrule {

/// Where nodes stand when they are laid out from left to right in layers (Sugiyama's method, igraph's):
/// inputs left of their consumers, few crossings, no two of them overlapping, on a grid of 24. Parts that no
/// link connects stand beside or below one another.
///
///   nodes    those to lay out, which must be in the graph; empty: all. They come to lie about where they
///            are now; where none of them has a position yet, below all others. The rest keeps its place.
///   size     how large a node is drawn. Called in this thread, more than once for a node.
///
/// 10 000 nodes take about half a second. May be called in any thread; calls wait for one another in igraph.
MoveNodes layered(const Diagram& diagram, std::span<const NodeId> nodes,
                  const std::function<Size(NodeId)>& size);

}  // namespace chainrule
