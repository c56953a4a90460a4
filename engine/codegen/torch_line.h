// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"

#include <string>

namespace chainrule {

/// What an exported script says for one node, as people would write it: `z = F.linear(x, W, b)`, with its seed, its
/// no_grad block and its retain_grad(). A failed node's line is the one that fails. Precondition: the node is in the
/// evaluated graph.
std::string torchLine(const Evaluation& evaluation, NodeId node);

}  // namespace chainrule
