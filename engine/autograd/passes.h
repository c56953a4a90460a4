// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/backward.h"
#include "engine/autograd/evaluate.h"

#include <map>

namespace chainrule {

/// `.grad`: what backward passes added to leaves and retained tensors until zero_grad. Not what flowed in one
/// pass.
class StoredGradients {
public:
    /// nullptr: None.
    const Value* find(OutputId output) const;
    /// How many passes have added to it since it was None or zeros.
    int passes(OutputId output) const;
    /// Why a tensor has a `.grad`; zero_grad is for leaves.
    enum class Holder { Leaf, Retained };
    /// As AccumulateGrad does. With `createGraph` the sum can be differentiated.
    void accumulate(OutputId output, const Value& gradient, Holder holder, bool createGraph);
    /// @returns whose it changed.
    std::vector<OutputId> zero(bool setToNone);

private:
    struct Stored {
        Value gradient;
        int passes;
        Holder holder;
    };
    std::map<OutputId, Stored> m_stored;
};

/// Where a pass starts and what it does: a document's Pass with its nodes looked up.
struct PreparedPass {
    std::vector<Root> roots;
    std::vector<OutputId> outputs;  ///< Which outputs the roots are.
    BackwardOptions options;
};

/// @returns NotEvaluated where a root or a gradient failed; PyTorch's words for a number of gradients that does
/// not match, a gradient that is no tensor, and unusable inputs.
Result<PreparedPass> prepared(const Evaluation& evaluation, const Pass& pass);

/// As Backpropagation; the flow holds what reached every place.
struct PassOutcome {
    Flow flow;
    std::optional<Error> error;
    std::vector<OutputId> stored;  ///< Whose `.grad` it added to.
};

/// Runs the pass and adds what reached leaves and retained tensors to `.grad`, also where it fails midway.
PassOutcome run(const Evaluation& evaluation, PreparedPass pass, StoredGradients& stored);

}  // namespace chainrule
