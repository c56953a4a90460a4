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

/// As Evaluation::resolve, for what a pass starts from.
Result<OutputId> resolved(const Evaluation& evaluation, const Source& source)
{
    auto output = evaluation.resolve(source);
    if (output || output.error().kind != Error::Kind::NotEvaluated)
        return output;
    Error error = output.error();
    error.message = "its root " + error.node + " failed";
    return error;
}

Result<Value> seed(const Evaluation& evaluation, const Source& source)
{
    const auto output = evaluation.resolve(source);
    if (!output)
        return output.error();
    const Value& value = evaluation.value(*output);
    if (value.tensor().isNumber())
        return typeError("gradients can be either Tensors or None, but got "
                         + std::string(pythonNumberType(value.tensor())));
    return value;
}

}  // namespace

const Value* StoredGradients::find(OutputId output) const
{
    const auto found = m_stored.find(output);
    return found == m_stored.end() ? nullptr : &found->second.gradient;
}

int StoredGradients::passes(OutputId output) const
{
    const auto found = m_stored.find(output);
    return found == m_stored.end() ? 0 : found->second.passes;
}

void StoredGradients::accumulate(OutputId output, const Value& gradient, Holder holder, bool createGraph)
{
    static const Op& copy = operation("copy");
    const auto seen = [createGraph](const Value& value) { return createGraph ? value : value.detached(); };
    const auto found = m_stored.find(output);
    if (found == m_stored.end()) {
        m_stored.emplace(output, Stored{createGraph ? applied(copy, {gradient}) : seen(gradient), 1, holder});
        return;
    }
    found->second.gradient = seen(found->second.gradient) + seen(gradient);
    ++found->second.passes;
}

std::vector<OutputId> StoredGradients::zero(bool setToNone)
{
    std::vector<OutputId> changed;
    for (auto& [output, stored] : m_stored) {
        if (stored.holder != Holder::Leaf)
            continue;
        changed.push_back(output);
        if (!setToNone)
            stored = {zerosLike(stored.gradient), 0, Holder::Leaf};
    }
    if (setToNone)
        std::erase_if(m_stored, [](const auto& entry) { return entry.second.holder == Holder::Leaf; });
    return changed;
}

Result<PreparedPass> prepared(const Evaluation& evaluation, const Pass& pass)
{
    PreparedPass ready;
    if (!pass.gradients.empty() && pass.gradients.size() != pass.roots.size())
        return runtimeError("got " + std::to_string(pass.roots.size()) + " tensors and "
                            + std::to_string(pass.gradients.size()) + " gradients");
    for (std::size_t i = 0; i < pass.roots.size(); ++i) {
        const auto output = resolved(evaluation, pass.roots[i]);
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
    if (pass.inputs->empty())
        return runtimeError("`inputs` argument to `backward()` cannot be empty.");
    ready.options.inputs.emplace();
    for (const Source& source : *pass.inputs) {
        const auto output = evaluation.resolve(source);
        if (!output)
            return output.error();
        const Value& input = evaluation.value(*output);
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
    PassOutcome outcome{std::move(flow), std::move(error), {}};
    for (const auto& [place, gradient] : outcome.flow) {
        const auto owner = evaluation.owner(place);
        if (!owner)
            continue;
        const bool isLeaf = !evaluation.tape().op(place.entry);
        const bool isRetained = !isLeaf && evaluation.graph().at(owner->node).retainGrad;
        const bool isWanted = pass.options.inputs ? std::ranges::binary_search(inputs, place) : isLeaf;
        const auto holder = isLeaf ? StoredGradients::Holder::Leaf : StoredGradients::Holder::Retained;
        if (!isRetained && !isWanted)
            continue;
        stored.accumulate(*owner, gradient, holder, pass.options.createGraph);
        outcome.stored.push_back(*owner);
    }
    return outcome;
}

}  // namespace chainrule
