// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/autograd/gradcheck.h"

#include <span>
#include <vector>

namespace chainrule {

/// One backward pass of a graph against central differences.
struct PassCheck {
    std::vector<OutputId> roots = {};
    /// What its gradients belong to, one for each of `result.leaves`: the leaves that reach a root, or those of
    /// the pass's `inputs` that do.
    std::vector<OutputId> leaves = {};
    /// Leaves, or inputs, that no root depends on: they get no gradient.
    std::vector<OutputId> unreached = {};
    /// Nodes that cut the graph (detach, no_grad): held at their values, as the backward pass has them.
    std::vector<NodeId> held = {};
    Gradcheck result = {};
    std::optional<Error> error = {};  ///< Why the pass cannot be checked, in PyTorch's words where it has any.

    bool passes() const { return !error && result.passes(); }
};

/// Checks the gradients that a pass gives, each by itself: the graph is evaluated anew in float64, and what an
/// element of a leaf decides is evaluated again with that element moved up and down.
///
/// - The whole Jacobian is compared, not its product with the pass's upstream gradients; a root need be no scalar.
/// - Leaves and constants have the values that they have in `evaluation`, also where they are random or read
///   from files. All that is computed from leaves is computed in float64, also where the document says float32 or
///   float16: a rounding has no derivative. Conversions to integers and bools stay.
/// - `JacobianEntry::output` counts `roots`.
/// @returns Cancelled after a stop. Whatever else goes wrong stands in the PassCheck.
Result<PassCheck> checkPass(const Evaluation& evaluation, const Pass& pass, const GradcheckOptions& options = {});

}  // namespace chainrule
