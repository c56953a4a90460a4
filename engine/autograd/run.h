// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/passes.h"

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chainrule {

/// A backward step to run, and the upstream gradients that come from outside the graph.
struct RunStep {
    BackwardStep step;
    std::vector<std::optional<Tensor>> seeds = {};  ///< By root; one that is there goes before the step's own.
};
/// The graph's own.
std::vector<RunStep> stepsOf(const Graph& graph);

/// What `.grad` of a tensor became in a step.
struct GradChange {
    OutputId output;
    Tensor grad;  ///< none(): None.
    int passes;   ///< How many passes it sums up: 0 for None and zeros.
};

/// What one backward step brought about.
struct StepOutcome {
    int pass = 0;                 ///< 1, 2, 3, … as events count them; 0 for a zero_grad.
    std::size_t firstEvent = 0;   ///< Its events in Run::events are those from here
    std::size_t endEvent = 0;     ///< to here.
    bool retainsGraph = false;    ///< Of a pass: what entries saved is kept.
    std::size_t tapeEnd = 0;      ///< How long the tape is after it; with create_graph a pass records.
    std::vector<OutputId> roots = {};       ///< Of a pass; their own gradients are its first events.
    std::optional<std::vector<Place>> inputs = {};  ///< Of a pass that was told which tensors to reach.
    std::vector<GradChange> changes = {};   ///< Empty where nobody asked for events.
    std::optional<Error> error = {};        ///< Why the pass stopped; only in the last outcome.
};

/// A graph computed forward and, step by step, backward. Immutable once it is made: views on other threads
/// share it.
struct Run {
    Evaluation evaluation;
    std::vector<StepOutcome> steps = {};     ///< Those that ran, in order; a failing one is the last.
    std::vector<BackwardEvent> events = {};  ///< Of all passes, in order; empty where nobody asked for them.
    StoredGradients stored = {};             ///< `.grad` after all steps.
    Flow flow = {};                          ///< What reached each place in the last pass.

    /// How many passes ran, a failing one not counted.
    int passes() const;
    /// nullptr where no step failed.
    const Error* error() const { return steps.empty() || !steps.back().error ? nullptr : &*steps.back().error; }
};

struct StepOptions {
    bool wantsEvents = false;  ///< And what they changed.
    /// Told now and then how much of all steps is done, at least.
    std::function<void(std::size_t done, std::size_t total)> progress = {};
    std::stop_token stop = {};
};

/// Runs the steps one after the other, until one fails: the only place that does.
/// @returns Cancelled after a stop.
Result<Run> run(Evaluation evaluation, std::span<const RunStep> steps, const StepOptions& options = {});

/// Evaluates the graph and runs its own steps, with events; `options.progress` is told of both as one. A file that is
/// found damaged when all is done is an error on its nodes, and the others are computed without it.
/// @returns Document for a cycle, Cancelled after a stop.
Result<Run> run(const Graph& graph, const EvaluateOptions& options);

}  // namespace chainrule
