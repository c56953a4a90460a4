// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/ops/op.h"

namespace chainrule {

/// What Python or PyTorch says of the arguments of a node that cannot be called with them: a list, a tuple or nothing
/// where a tensor belongs, an attribute that is missing, unknown or of a wrong kind. What the node takes is evaluated.
Error refusedArguments(const Evaluation& evaluation, const Node& node, const Op& op);

}  // namespace chainrule
