// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/check.h"

#include <optional>
#include <vector>

namespace chainrule {

/// The backward passes of a graph, each against central differences. Passes with the same roots and inputs have one
/// Jacobian, whatever upstream gradients they begin with, and are checked once.
struct GraphCheck {
    struct OfPass {
        std::size_t step;  ///< In Graph::backward: the first of those that are alike.
        PassCheck check;
    };
    std::vector<OfPass> passes = {};

    /// What was found out about a tensor.
    struct Finding {
        const OfPass& pass;
        const LeafCheck& leaf;
    };
    /// In the pass where it fares worst, of equals the last: a tensor agrees if it does in all that reach it. Absent
    /// where none does. Refers to this.
    std::optional<Finding> find(OutputId output) const;
};

/// From best to worst, what may be said of a tensor at a glance: its verdict; what else is wrong with its gradient is a
/// mismatch.
Verdict verdictOf(const LeafCheck& leaf);

/// Checks every pass of the graph. `options.progress` is told how much of all passes is done, in parts of 1000.
/// @returns Cancelled after a stop, which also long kernels heed; RuntimeError for want of memory.
Result<GraphCheck> checkAll(const Evaluation& evaluation, const GradcheckOptions& options = {});

/// How much work checkAll() has at most: elements that are computed, over and over, for elements that are tried. A million
/// are done in a few milliseconds.
double checkWork(const Evaluation& evaluation, const GradcheckOptions& options = {});

}  // namespace chainrule
