// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/broadcasting.h"

#include "engine/autograd/local_rule.h"
#include "engine/ops/rules.h"

#include <algorithm>

namespace chainrule {
namespace {

/// In which dims of `to` a tensor is repeated.
std::vector<std::int64_t> repeatedDims(const Shape& from, const Shape& to)
{
    std::vector<std::int64_t> dims;
    const std::size_t added = to.size() - from.size();
    for (std::size_t d = 0; d < to.size(); ++d)
        if (to[d] != 1 && (d < added || from[d - added] == 1))
            dims.push_back(std::int64_t(d));
    return dims;
}

bool isOperand(const Tensor& tensor)
{
    return !tensor.isNone() && !tensor.isNumber();
}

/// Where the elements of all inputs meet, if that is what the operation lets them do.
std::optional<Shape> meetingShape(const OperationUse& use, const Shape& output)
{
    std::vector<TensorType> types;
    for (const Tensor& input : use.inputs)
        if (isOperand(input))
            types.push_back(input.type());
    const auto shape = broadcastShape(types);
    if (!shape || types.size() < 2)
        return std::nullopt;
    const bool isReduced = output.empty() && !use.op->pictures.empty()
                           && use.op->pictures.front().kind == Picture::Elementwise;
    return *shape == output || isReduced ? std::optional(*shape) : std::nullopt;
}

Picture pictureOf(const OperationUse& use, std::size_t input)
{
    return use.op->pictures.empty() ? Picture::Nothing : use.op->picture(input).kind;
}

std::optional<AccidentalBroadcast> accidentIn(const OperationUse& use, std::span<const std::size_t> meeting)
{
    for (const std::size_t column : meeting)
        for (const std::size_t vector : meeting) {
            const Shape& a = use.inputs[column].shape();
            const Shape& b = use.inputs[vector].shape();
            if (a.size() == 2 && b.size() == 1 && a[1] == 1 && a[0] == b[0] && a[0] > 1)
                return AccidentalBroadcast{column, vector, a[0]};
        }
    return std::nullopt;
}

/// Whether all that its links bring has the shape of its output: then nothing is repeated, as is most often so.
bool isUniform(const Evaluation& evaluation, NodeId id)
{
    const Shape& output = evaluation[id].outputs[0].tensor().shape();
    bool isUniform = true;
    forEachSource(evaluation.graph().at(id), [&](const Source& source) {
        const auto from = evaluation.resolve(source);
        isUniform = isUniform && from && evaluation.value(*from).tensor().shape() == output;
    });
    return isUniform;
}

}  // namespace

Broadcasting broadcastingOf(const Evaluation& evaluation, NodeId node)
{
    Broadcasting result;
    if (evaluation[node].error || evaluation[node].outputs.empty() || isUniform(evaluation, node))
        return result;
    const auto use = useOf(evaluation, node);
    if (!use)
        return result;
    const bool takesList = std::ranges::any_of(
        use->op->parameters, [](const Parameter& p) { return p.kind == Parameter::Kind::TensorList; });
    if (takesList)
        return result;
    const Shape& output = evaluation[node].outputs[0].tensor().shape();
    const auto meeting = meetingShape(*use, output);
    std::vector<std::size_t> met;
    for (std::size_t i = 0; i < use->inputs.size(); ++i) {
        const Tensor& tensor = use->inputs[i];
        if (!isOperand(tensor))
            continue;
        std::optional<Shape> to;
        switch (pictureOf(*use, i)) {
        case Picture::Unchanged: to = output; break;
        case Picture::Nothing:
        case Picture::Elementwise:
        case Picture::Mask: to = meeting; break;
        default: continue;
        }
        const auto both = to ? broadcast(tensor.shape(), *to) : Result<Shape>(Shape());
        if (!to || !both || *both != *to)
            continue;
        met.push_back(i);
        if (tensor.shape() != *to)
            result.inputs.push_back({i, tensor, *to, repeatedDims(tensor.shape(), *to)});
    }
    if (meeting)
        result.accident = accidentIn(*use, met);
    return result;
}

}  // namespace chainrule
