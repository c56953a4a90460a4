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

/// What Python finds where a tensor should be; empty: a tensor.
std::string wrongType(const Evaluation& evaluation, const Source& source)
{
    const auto output = evaluation.resolve(source);
    if (!output)
        return evaluation.tupleName(source.node);
    const Tensor& tensor = evaluation.value(*output).tensor();
    return tensor.isNumber() ? std::string(pythonNumberType(tensor)) : std::string();
}

/// Why Python cannot even name it.
Failure unnamed(const Evaluation& evaluation, const Source& source, bool isRoot)
{
    const auto output = evaluation.resolve(source);
    if (output || output.error().kind == Error::Kind::TypeError)
        return std::nullopt;
    Error error = output.error();
    if (isRoot && error.kind == Error::Kind::NotEvaluated)
        error.message = "its root " + error.node + " failed";
    return error;
}

Failure unnamed(const Evaluation& evaluation, const Pass& pass)
{
    for (const Source& root : pass.roots)
        if (auto failure = unnamed(evaluation, root, true))
            return failure;
    for (const auto& gradient : pass.gradients)
        if (auto failure = gradient ? unnamed(evaluation, *gradient, false) : std::nullopt)
            return failure;
    if (pass.inputs)
        for (const Source& input : *pass.inputs)
            if (auto failure = unnamed(evaluation, input, false))
                return failure;
    return std::nullopt;
}

/// `type(x).__name__`, without its module.
std::string bareName(const std::string& type)
{
    return type.substr(type.rfind('.') + 1);
}

/// `root.backward(gradient)`, as people call it for one root.
Failure refusedMethod(const Evaluation& evaluation, const Pass& pass)
{
    if (pass.roots.size() != 1 || pass.gradients.size() > 1)
        return std::nullopt;
    if (const std::string type = wrongType(evaluation, pass.roots[0]); !type.empty())
        return Error{Error::Kind::AttributeError, "'" + type + "' object has no attribute 'backward'"};
    if (pass.inputs && pass.inputs->empty())
        return std::nullopt;
    const bool hasSeed = !pass.gradients.empty() && pass.gradients[0];
    const auto seed = hasSeed ? evaluation.resolve(*pass.gradients[0]) : Result<OutputId>(OutputId{});
    if (hasSeed && seed && evaluation.value(*seed).tensor().isNumber())
        return typeError("'" + wrongType(evaluation, *pass.gradients[0]) + "' object is not iterable");
    return std::nullopt;
}

/// Where Python's list.index finds the last of `list`: it asks each before whether it equals that, which for tensors of
/// several elements has no answer.
Result<std::size_t> placeOfLast(const Evaluation& evaluation, std::span<const std::optional<OutputId>> list)
{
    const OutputId last = *list.back();
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
        if (!list[i])
            continue;
        if (*list[i] == last)
            return i;
        const Value value = evaluation.value(*list[i]).detached();
        const Value wanted = evaluation.value(last).detached();
        const auto shape = broadcast(value.tensor().shape(), wanted.tensor().shape());
        if (!shape)
            return shape.error();
        const std::int64_t count = elementCount(*shape);
        if (count != 1)
            return runtimeError(std::string("Boolean value of Tensor with ")
                                + (count == 0 ? "no values" : "more than one value") + " is ambiguous");
        if (as<bool>(equal(value, wanted).tensor().at(0)))
            return i;
    }
    return list.size() - 1;
}

/// What is said of a gradient that has not its root's shape.
Error mismatch(const Evaluation& evaluation, const Pass& pass, std::size_t index, const Root& root)
{
    std::vector<std::optional<OutputId>> roots, gradients;
    for (std::size_t i = 0; i <= index; ++i) {
        const auto& given = pass.gradients[i];
        roots.emplace_back(*evaluation.resolve(pass.roots[i]));
        gradients.push_back(given ? std::optional(*evaluation.resolve(*given)) : std::nullopt);
    }
    const auto gradient = placeOfLast(evaluation, gradients);
    if (!gradient)
        return gradient.error();
    const auto output = placeOfLast(evaluation, roots);
    if (!output)
        return output.error();
    return runtimeError("Mismatch in shape: grad_output[" + std::to_string(*gradient) + "] has a shape of "
                        + sizeText(root.seed->tensor().shape()) + " and output[" + std::to_string(*output)
                        + "] has a shape of " + sizeText(root.value.tensor().shape()) + ".");
}

Failure addRoot(const Evaluation& evaluation, const Pass& pass, std::size_t index, Seeds seeds, PreparedPass& ready)
{
    if (!wrongType(evaluation, pass.roots[index]).empty())
        return Error{Error::Kind::AssertionError, "Expected output to be a torch.Tensor"};
    const OutputId output = *evaluation.resolve(pass.roots[index]);
    Root root{evaluation.value(output)};
    if (index < pass.gradients.size() && pass.gradients[index]) {
        const Source& source = *pass.gradients[index];
        if (const std::string type = wrongType(evaluation, source); !type.empty())
            return typeError("gradients can be either Tensors or None, but got " + bareName(type));
        const Value& gradient = evaluation.value(*evaluation.resolve(source));
        root.seed = pass.createGraph ? gradient : gradient.detached();
        if (root.seed->tensor().shape() != root.value.tensor().shape())
            return mismatch(evaluation, pass, index, root);
    }
    if (seeds == Seeds::Needed || root.seed)
        if (auto failure = refusedSeed(root, index))
            return failure;
    ready.roots.push_back(std::move(root));
    ready.outputs.push_back(output);
    return std::nullopt;
}

Failure addInput(const Evaluation& evaluation, const Source& source, PreparedPass& ready)
{
    if (const std::string type = wrongType(evaluation, source); !type.empty())
        return runtimeError("all inputs have to be Tensors or GradientEdges, but got " + type);
    const Value& input = evaluation.value(*evaluation.resolve(source));
    if (!input.requiresGrad())
        return runtimeError("can't retain_grad on Tensor that has requires_grad=False");
    ready.options.inputs->push_back(input.place());
    return std::nullopt;
}

}  // namespace

/// Mistakes in the order in which PyTorch looks for them: Python goes through roots and gradients in pairs, then the
/// engine counts them, asks which require grad, and turns to the inputs.
Result<PreparedPass> prepared(const Evaluation& evaluation, const Pass& pass, Seeds seeds)
{
    if (auto failure = unnamed(evaluation, pass))
        return *std::move(failure);
    if (auto failure = refusedMethod(evaluation, pass))
        return *std::move(failure);
    if (pass.inputs && pass.inputs->empty())
        return runtimeError("`inputs` argument to `backward()` cannot be empty.");
    PreparedPass ready;
    const std::size_t pairs =
        pass.gradients.empty() ? pass.roots.size() : std::min(pass.roots.size(), pass.gradients.size());
    for (std::size_t i = 0; i < pairs; ++i)
        if (auto failure = addRoot(evaluation, pass, i, seeds, ready))
            return *std::move(failure);
    if (!pass.gradients.empty() && pass.gradients.size() < pass.roots.size())  // Python leaves out those that are too many.
        return runtimeError("got " + std::to_string(pass.roots.size()) + " tensors and "
                            + std::to_string(pass.gradients.size()) + " gradients");
    ready.options.createGraph = pass.createGraph;
    ready.options.retainGraph = pass.retainGraph.value_or(pass.createGraph);
    if (!pass.inputs)
        return ready;
    if (auto failure = refusedRoots(ready.roots))
        return *std::move(failure);
    ready.options.runsInputs = true;
    ready.options.inputs.emplace();
    for (const Source& source : *pass.inputs)
        if (auto failure = addInput(evaluation, source, ready))
            return *std::move(failure);
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
