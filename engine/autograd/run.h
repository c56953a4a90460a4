// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/passes.h"

#include <optional>
#include <vector>

namespace chainrule {

/// What one backward step of a document brought about.
struct StepOutcome {
    int pass = 0;  ///< 1, 2, 3, … as events count them; 0 for a zero_grad.
    StoredGradients stored = {};  ///< `.grad` after it.
    Flow flow = {};               ///< What reached each place; empty for a zero_grad.
    std::size_t firstEvent = 0;   ///< Its events in Run::events are those from here
    std::size_t endEvent = 0;     ///< to here.
    std::optional<Error> error = {};  ///< Why the pass stopped; only in the last outcome.
};

/// A graph computed forward and, by its backward steps, backward. Immutable once it is made: views on other
/// threads share it.
struct Run {
    Evaluation evaluation;
    std::vector<StepOutcome> steps;     ///< Those of the graph that ran, in order; a failing one is the last.
    std::vector<BackwardEvent> events;  ///< Of all passes, in order; empty where nobody asked for them.

    /// `.grad` after all steps.
    const StoredGradients& stored() const;
    /// What flowed in the last pass.
    const Flow& flow() const;
    int passes() const;  ///< How many ran, a failing one not counted.
    const Error* error() const;
};

}  // namespace chainrule
