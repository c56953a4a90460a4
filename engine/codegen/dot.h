// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/graph/layout.h"

#include <span>
#include <string>

namespace chainrule {

/// The graph in Graphviz's language, left to right: a node for each node with its operation, dtype, shape and,
/// where it is short, value; or its error. Leaves that require grad have a double border, what they reach
/// has a thick one. Edges carry the shape that flows along them and the parameter where it ends. Groups are
/// clusters. The same graph gives the same text.
std::string dotText(const Evaluation& evaluation, std::span<const Group> groups = {});

}  // namespace chainrule
