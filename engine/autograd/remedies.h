// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/graph/edit.h"

#include <stop_token>
#include <vector>

namespace chainrule {

/// Ways out of the error that stands on a node, the likeliest first and at most four: edits with titles, after each of
/// which the node computes. They have been tried. Empty where the node has no error, or one that no edit here mends, and
/// after a stop. `evaluation` is of the diagram's graph.
std::vector<Several> remediesFor(const Diagram& diagram, const Evaluation& evaluation, NodeId node,
                                 std::stop_token stop = {});

}  // namespace chainrule
