// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/gradcheck.h"
#include "tests/op_run.h"

namespace chainrule {

/// gradcheck of one operation on a sample: the leaves are the inputs that it is differentiable in. `op` may be a
/// changed copy of a record.
inline Result<Gradcheck> checkedGradients(const Op& op, const Sample& sample, const GradcheckOptions& options = {})
{
    const auto given = complete(op, sample);
    if (!given)
        return given.error();
    const Attributes attributes = inFloat64(*given);
    std::vector<std::size_t> places;
    std::vector<Tensor> leaves;
    for (std::size_t i = 0; i < sample.inputs.size(); ++i)
        if (isFloatingTensor(sample.inputs[i]) && isDifferentiable(op, i)) {
            places.push_back(i);
            leaves.push_back(kernel::cast(sample.inputs[i], DType::Float64));
        }
    const auto outputs = [&](std::span<const Value> values, std::optional<std::size_t>) {
        Values inputs(sample.inputs.begin(), sample.inputs.end());
        for (std::size_t leaf = 0; leaf < places.size(); ++leaf)
            inputs[places[leaf]] = values[leaf];
        return performInFloat64(op, inputs, attributes);
    };
    return gradcheck(outputs, leaves, options);
}

/// "dy0[3] / dx1[2]: 1.0 instead of 2.0 (mismatch)", for messages.
inline std::string text(const JacobianEntry& entry, std::size_t leaf)
{
    return "dy" + std::to_string(entry.output) + "[" + std::to_string(entry.outputElement) + "] / dx"
           + std::to_string(leaf) + "[" + std::to_string(entry.leafElement) + "]: " + pythonFloat(entry.analytical)
           + " instead of " + pythonFloat(entry.numerical) + " (" + std::string(name(entry.verdict)) + ")";
}

/// Empty, or what a gradient rule gets wrong. Where there is no number to compare with, or the rule gives none (the golden
/// data say whether PyTorch does), nothing is.
inline std::string offence(const Gradcheck& check)
{
    for (std::size_t leaf = 0; leaf < check.leaves.size(); ++leaf) {
        const LeafCheck& found = check.leaves[leaf];
        if (!found.faults.empty())
            return found.faults.front();
        if (found.verdict() == Verdict::Mismatch && std::isfinite(found.worst->analytical))
            return text(*found.worst, leaf);
    }
    return {};
}

}  // namespace chainrule
