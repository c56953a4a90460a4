// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/passes.h"

#include "engine/ops/operators.h"

#include <algorithm>

namespace chainrule {
namespace {

std::string_view pythonNumberType(const Tensor& number)
{
    switch (number.dtype()) {
    case DType::Bool: return "bool";
    case DType::Int64: return "int";
    default: return "float";
    }
}

/// As Evaluation::resolve, for what a pass starts from. Python calls backward() on a tensor, or hands several to a
/// function.
Result<OutputId> resolved(const Evaluation& evaluation, const Pass& pass, std::size_t root)
{
    const auto refused = [&](std::string_view type) {
        if (pass.roots.size() > 1 || pass.gradients.size() > 1)
            return Error{Error::Kind::AssertionError, "Expected output to be a torch.Tensor"};
        return Error{Error::Kind::AttributeError, "'" + std::string(type) + "' object has no attribute 'backward'"};
    };
    const Source& source = pass.roots[root];
    auto output = evaluation.resolve(source);
    if (output && evaluation.value(*output).tensor().isNumber())
        return refused(pythonNumberType(evaluation.value(*output).tensor()));
    if (!output && output.error().kind == Error::Kind::TypeError)
        return refused(evaluation.tupleName(source.node));
    if (output || output.error().kind != Error::Kind::NotEvaluated)
        return output;
    Error error = output.error();
    error.message = "its root " + error.node + " failed";
    return error;
}

Result<Value> seed(const Evaluation& evaluation, const Source& source)
{
    const auto output = evaluation.resolve(source);
    const auto refused = [](std::string_view type) {
        return typeError("gradients can be either Tensors or None, but got " + std::string(type));
    };
    if (!output)
        return output.error().kind == Error::Kind::TypeError ? refused(evaluation.tupleName(source.node)) : output.error();
    const Value& value = evaluation.value(*output);
    if (value.tensor().isNumber())
        return refused(pythonNumberType(value.tensor()));
    return value;
}

Error wrongInput(std::string_view type)
{
    return runtimeError("all inputs have to be Tensors or GradientEdges, but got " + std::string(type));
}

}  // namespace

Result<PreparedPass> prepared(const Evaluation& evaluation, const Pass& pass)
{
    PreparedPass ready;
    if (!pass.gradients.empty() && pass.gradients.size() != pass.roots.size())
        return runtimeError("got " + std::to_string(pass.roots.size()) + " tensors and "
                            + std::to_string(pass.gradients.size()) + " gradients");
    if (pass.inputs && pass.inputs->empty())
        return runtimeError("`inputs` argument to `backward()` cannot be empty.");
    for (std::size_t i = 0; i < pass.roots.size(); ++i) {
        const auto output = resolved(evaluation, pass, i);
        if (!output)
            return output.error();
        Root root{evaluation.value(*output)};
        if (i < pass.gradients.size() && pass.gradients[i]) {
            auto gradient = seed(evaluation, *pass.gradients[i]);
            if (!gradient)
                return gradient.error();
            root.seed = pass.createGraph ? *gradient : gradient->detached();
        }
        ready.roots.push_back(std::move(root));
        ready.outputs.push_back(*output);
    }
    ready.options.createGraph = pass.createGraph;
    ready.options.retainGraph = pass.retainGraph.value_or(pass.createGraph);
    if (!pass.inputs)
        return ready;
    ready.options.runsInputs = true;
    ready.options.inputs.emplace();
    for (const Source& source : *pass.inputs) {
        const auto output = evaluation.resolve(source);
        if (!output)
            return output.error().kind == Error::Kind::TypeError ? wrongInput(evaluation.tupleName(source.node))
                                                                 : output.error();
        const Value& input = evaluation.value(*output);
        if (input.tensor().isNumber())
            return wrongInput(pythonNumberType(input.tensor()));
        if (!input.requiresGrad())
            return runtimeError("can't retain_grad on Tensor that has requires_grad=False");
        ready.options.inputs->push_back(input.place());
    }
    return ready;
}

PassOutcome run(const Evaluation& evaluation, PreparedPass pass, StoredGradients& stored)
{
    pass.options.keepAll = true;
    std::vector<Place> inputs = pass.options.inputs.value_or(std::vector<Place>());
    std::ranges::sort(inputs);
    auto [flow, error] = backward(pass.roots, pass.options);
    for (const Place& place : inputs)
        if (const auto owner = evaluation.owner(place); owner && evaluation.tape().op(place.entry))
            stored.retain(*owner);
    PassOutcome outcome{std::move(flow), std::move(error), {}};
    for (const auto& [place, gradient] : outcome.flow) {
        const auto owner = evaluation.owner(place);
        if (!owner)
            continue;
        const bool isLeaf = !evaluation.tape().op(place.entry);
        const bool isRetained = !isLeaf && (evaluation.graph().at(owner->node).retainGrad || stored.retains(*owner));
        const bool isWanted = isLeaf && (!pass.options.inputs || std::ranges::binary_search(inputs, place));
        const auto holder = isLeaf ? StoredGradients::Holder::Leaf : StoredGradients::Holder::Retained;
        if (!isRetained && !isWanted)
            continue;
        stored.accumulate(*owner, gradient, holder, pass.options.createGraph);
        outcome.stored.push_back(*owner);
    }
    return outcome;
}

}  // namespace chainrule
