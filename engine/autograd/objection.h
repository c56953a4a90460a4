// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/graph/edit.h"

namespace chainrule {

/// Why a link would be refused: what apply() says (a cycle, no such input), or in PyTorch's words what the op
/// says to the types that it would then get (Op::infer), as far as they are known: an input that is open or has
/// not been evaluated objects to nothing. `evaluation` may be nullptr, and of an earlier graph.
Failure objection(const Diagram& diagram, const Evaluation* evaluation, const Connect& connect);

/// Whether the op accepts this tensor as its parameter number `parameter`, if it says anything without the others:
/// filters the search that a dropped link opens.
bool mayAccept(const Op& op, std::uint32_t parameter, const TensorType& type);

}  // namespace chainrule
