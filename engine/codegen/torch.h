// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/passes.h"
#include "engine/graph/layout.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

/// A backward step as the script repeats it.
struct ScriptStep {
    BackwardStep step;
    /// By root: the file that its upstream gradient comes from, before the step's own; empty for none.
    std::vector<std::string> seedFiles = {};
};

/// What became of the backward steps in Chainrule, to compare with and to know where to stop.
struct ScriptOutcome {
    const StoredGradients& stored;
    /// The pass that failed, by step: none after it ran.
    std::optional<std::size_t> failedStep = {};
    std::optional<Error> error = {};
};

struct ScriptOptions {
    std::string document = {};             ///< Its file name, for the script's first line.
    std::span<const Group> groups = {};    ///< Written as functions, where that can be.
    /// Files whose numbers have the other byte order, by the name that the document or a step has for them.
    std::span<const std::string> swappedFiles = {};
};

/// A Python script for PyTorch that computes what the evaluation did, runs the steps, and prints what
/// `chainrule run` prints. Nodes are variables of their names. What failed in Chainrule is tried, so that it
/// shows PyTorch's own error, and what depends on it is left out. With --check the script compares each value,
/// gradient and error with Chainrule's, which stand in it to the bit, and exits with 1 where one differs.
/// It names files as the document does, and executes nothing of the document but literals.
std::string torchScript(const Evaluation& evaluation, std::span<const ScriptStep> steps, const ScriptOutcome& outcome,
                        const ScriptOptions& options = {});

}  // namespace chainrule
