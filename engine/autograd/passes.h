// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/backward.h"
#include "engine/autograd/evaluate.h"

namespace chainrule {

/// Where a pass starts and what it does: a document's Pass with its nodes looked up.
struct PreparedPass {
    std::vector<Root> roots;
    std::vector<OutputId> outputs;  ///< Which outputs the roots are.
    BackwardOptions options;
};

/// @returns NotEvaluated where a root or a gradient failed; PyTorch's words for a number of gradients that does
/// not match, a gradient that is no tensor, and unusable inputs.
/// `seeds`: whether a root that is no scalar wants a gradient of its own.
enum class Seeds { Needed, Optional };
Result<PreparedPass> prepared(const Evaluation& evaluation, const Pass& pass, Seeds seeds = Seeds::Needed);

/// As Backpropagation; the flow holds what reached every place.
struct PassOutcome {
    Flow flow;
    std::optional<Error> error;
    std::vector<OutputId> stored;  ///< Whose `.grad` it added to.
};

/// Runs the pass and adds what reached leaves and retained tensors to `.grad`, also where it fails midway.
PassOutcome run(const Evaluation& evaluation, PreparedPass pass, StoredGradients& stored);

}  // namespace chainrule
