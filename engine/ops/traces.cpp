// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/traces.h"

namespace chainrule::traces {
namespace {

bool isNumber(const GradFnTrace& trace, std::size_t input)
{
    return trace.call().x(input).tensor().isNumber();
}

/// Whether people write it as a number before the operator, where Python asks the tensor: not with an alpha.
bool isTurnedRound(const GradFnTrace& trace)
{
    return isNumber(trace, 0) && python(trace.call().attributes.find("alpha")->second) == "1";
}

/// An operation that writes the call's output.
TracedTensor finalStep(GradFnTrace& trace, std::string_view name, std::initializer_list<TracedTensor> inputs,
                       std::initializer_list<GradFnTrace::Kept> saved = {})
{
    return trace.computed(name, inputs, trace.output().dtype(), trace.output().shape(), saved);
}

std::optional<TracedTensor> extremum(GradFnTrace& trace, std::string_view ofAll, std::string_view alongDim)
{
    const TracedTensor x = trace.input(0);
    if (trace.call().isNone("dim"))
        return finalStep(trace, ofAll, {x}, {{"result", trace.result()}, {"self", x}});
    return finalStep(trace, alongDim, {x}, {{"indices", trace.result(1)}});
}

}  // namespace

std::optional<TracedTensor> add(GradFnTrace& trace)
{
    if (!isTurnedRound(trace))
        return std::nullopt;
    return finalStep(trace, "AddBackward0", {trace.input(1), trace.input(0)});
}

std::optional<TracedTensor> sub(GradFnTrace& trace)
{
    if (!isTurnedRound(trace))
        return std::nullopt;
    return finalStep(trace, "RsubBackward1", {trace.input(1)});
}

std::optional<TracedTensor> mul(GradFnTrace& trace)
{
    if (!isNumber(trace, 0))
        return std::nullopt;
    const TracedTensor number = trace.input(0);
    return finalStep(trace, "MulBackward0", {trace.input(1), number}, {{"other", number}});
}

std::optional<TracedTensor> div(GradFnTrace& trace)
{
    if (!isNumber(trace, 0) || !trace.call().isNone("rounding_mode"))
        return std::nullopt;
    const TracedTensor reciprocal = trace.keepingResult("ReciprocalBackward0", trace.input(1));
    const TracedTensor number = trace.input(0);
    return finalStep(trace, "MulBackward0", {reciprocal, number}, {{"other", number}});
}

std::optional<TracedTensor> pow(GradFnTrace& trace)
{
    if (isNumber(trace, 1)) {
        const TracedTensor x = trace.input(0);
        return finalStep(trace, "PowBackward0", {x}, {{"self", x}});
    }
    if (!isNumber(trace, 0))
        return std::nullopt;
    const TracedTensor exponent = trace.input(1);
    return finalStep(trace, "PowBackward2", {exponent}, {{"exponent", exponent}, {"result", trace.result()}});
}

std::optional<TracedTensor> clamp(GradFnTrace& trace)
{
    const TracedTensor x = trace.input(0);
    const auto bound = [&](std::size_t i) { return trace.call().has(i) ? trace.input(i) : trace.constant(x.dtype, {}); };
    for (const std::size_t i : {1, 2})
        if (trace.call().has(i) && isNumber(trace, i))  // Beside a number a tensor is one, too.
            return finalStep(trace, "ClampBackward1", {x}, {{"self", x}});
    const TracedTensor min = bound(1), max = bound(2);
    if (!trace.call().has(1))
        return finalStep(trace, "ClampBackward0", {x, min, max}, {{"max", max}, {"self", x}});
    if (!trace.call().has(2))
        return finalStep(trace, "ClampBackward0", {x, min, max}, {{"min", min}, {"self", x}});
    return finalStep(trace, "ClampBackward0", {x, min, max}, {{"max", max}, {"min", min}, {"self", x}});
}

std::optional<TracedTensor> max(GradFnTrace& trace)
{
    return extremum(trace, "MaxBackward1", "MaxBackward0");
}

std::optional<TracedTensor> min(GradFnTrace& trace)
{
    return extremum(trace, "MinBackward1", "MinBackward0");
}

std::optional<TracedTensor> reshape(GradFnTrace& trace)
{
    return trace.reshaped(trace.input(0), trace.output().shape());
}

std::optional<TracedTensor> sumToSize(GradFnTrace& trace)
{
    const TracedTensor x = trace.input(0);
    const Shape& shape = trace.output().shape();
    if (shape.empty())
        return finalStep(trace, "SumBackward0", {x});
    if (shape.size() == x.shape.size())
        return finalStep(trace, "SumBackward1", {x});
    Shape summed(x.shape.size() - shape.size(), 1);
    for (const std::int64_t size : shape)
        summed.push_back(size);
    const TracedTensor sum = trace.computed("SumBackward1", {x}, x.dtype, summed);
    return trace.viewed("ViewBackward0", sum, shape, contiguousStrides(shape));
}

std::optional<TracedTensor> copy(GradFnTrace& trace)
{
    const TracedTensor x = trace.input(0);  // Written into new memory, which is an operand, too.
    return finalStep(trace, "CopyBackwards", {trace.constant(x.dtype, x.shape), x});
}

std::optional<TracedTensor> valueSelectingReductionBackward(GradFnTrace& trace)
{
    TracedTensor dy = trace.input(0), index = trace.input(1);
    const Shape& sizes = trace.output().shape();
    if (!sizes.empty() && !trace.call().attribute<bool>("keepdim")) {
        index.shape.insert(index.shape.begin() + *wrappedDim(trace.call().attribute<std::int64_t>("dim"), sizes.size()), 1);
        dy = trace.viewed("UnsqueezeBackward0", dy, index.shape, contiguousStrides(index.shape));
    }
    return finalStep(trace, "ScatterBackward0", {trace.constant(dy.dtype, sizes), dy}, {{"index", index}});
}

std::optional<TracedTensor> logSigmoid(GradFnTrace& trace)
{
    const TracedTensor x = trace.input(0);
    return finalStep(trace, "LogSigmoidBackward0", {x}, {{"buffer", trace.constant(x.dtype, x.shape)}, {"self", x}});
}

std::optional<TracedTensor> logSigmoidBackward(GradFnTrace& trace)
{
    const TracedTensor dy = trace.input(0), x = trace.input(1);
    return finalStep(trace, "LogSigmoidBackwardBackward0", {dy, x},
                     {{"buffer", trace.constant(x.dtype, x.shape)}, {"grad_output", dy}, {"self", x}});
}

std::optional<TracedTensor> mseLoss(GradFnTrace& trace)
{
    TracedTensor x = trace.input(0), target = trace.input(1);
    const Shape shape = *broadcast(x.shape, target.shape);
    for (TracedTensor* const operand : {&x, &target})
        if (operand->shape != shape)
            *operand = trace.expanded(*operand, shape);
    return finalStep(trace, "MseLossBackward0", {x, target}, {{"self", x}, {"target", target}});
}

}  // namespace chainrule::traces
