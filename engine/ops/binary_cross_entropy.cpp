// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/binary_cross_entropy.h"

#include "engine/ops/cross_entropy.h"
#include "engine/ops/operators.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/reduction.h"

namespace chainrule {
namespace {

enum Input : std::size_t { Logits, Target, Weight, PosWeight };

Failure refusedGradient(const TensorType& weight, std::string_view name)
{
    if (!weight.requiresGrad)
        return std::nullopt;
    return runtimeError("The function 'binary_cross_entropy_with_logits' is not differentiable with respect to "
                        "argument '" + std::string(name) + "'. This input cannot have requires_grad True.");
}

/// PyTorch multiplies in place: what broadcasts must not make the losses more.
Failure refusedBroadcast(const Shape& losses, const Shape& factor)
{
    const auto common = broadcast(losses, factor);
    if (!common)
        return common.error();
    if (*common != losses)
        return runtimeError("output with shape " + text(losses) + " doesn't match the broadcast shape "
                            + text(*common));
    return std::nullopt;
}

/// A target takes part in subtractions, and the losses are put in its place.
Failure refusedTarget(const Call<TensorType>& call)
{
    const DType target = call.x(Target).dtype;
    if (target == DType::Bool)
        return runtimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                            "`logical_xor()` operator instead.");
    if (!isFloating(target))
        return runtimeError("result type " + std::string(messageName(promote(call.x(Logits).dtype, target)))
                            + " can't be cast to the desired output type " + std::string(messageName(target)));
    return std::nullopt;
}

/// As PyTorch's operations that write over their first operand: computed in the dtype of both.
template <typename F>
Tensor into(const Tensor& target, const Tensor& factor, F&& compute)
{
    const TensorType operands[] = {target.type(), factor.type()};
    return kernel::cast(compute(target, factor, promotedDType(operands)), target.dtype());
}

}  // namespace

Failure refusedTargetSize(const Shape& input, const Shape& target)
{
    if (input == target)
        return std::nullopt;
    return valueError("Target size (torch.Size(" + text(target) + ")) must be the same as input size (torch.Size("
                      + text(input) + "))");
}

Result<Types> inferBinaryCrossEntropy(const Call<TensorType>& call)
{
    if (const auto refusal = refusedReduction(call.attributes))
        return *refusal;
    const TensorType& input = call.x(Logits);
    const TensorType& target = call.x(Target);
    if (const auto refusal = refusedTargetSize(input.shape, target.shape))
        return *refusal;
    const Failure gradient = call.has(Weight) ? refusedGradient(call.x(Weight), "weight") : std::nullopt;
    if (gradient)
        return *gradient;
    const Failure posGradient = call.has(PosWeight) ? refusedGradient(call.x(PosWeight), "pos_weight") : std::nullopt;
    if (posGradient)
        return *posGradient;
    if (!isFloating(input.dtype))
        return notImplementedFor("log_sigmoid_cpu", input.dtype);

    if (call.has(PosWeight)) {
        const Shape& posShape = call.x(PosWeight).shape;
        if (call.x(PosWeight).dtype == DType::Bool)
            return runtimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying "
                                "to invert a mask, use the `~` or `logical_not()` operator instead.");
        if (const auto common = broadcast(posShape, target.shape); !common)
            return common.error();
        if (const auto refusal = refusedBroadcast(target.shape, posShape))
            return *refusal;
    }
    if (const auto refusal = refusedTarget(call))
        return *refusal;
    if (call.has(Weight))
        if (const auto refusal = refusedBroadcast(target.shape, call.x(Weight).shape))
            return *refusal;
    const bool isReduced = call.attribute<std::string>("reduction") != "none";
    return Types{{target.dtype, isReduced ? Shape() : target.shape}};
}

/// Step by step as PyTorch, which writes each into what it has: 0 - 1 of a uint8 is 255, and the losses have the target's
/// dtype.
Result<Tensors> forwardBinaryCrossEntropy(const Call<Tensor>& call)
{
    const Tensor one = Tensor::number(std::int64_t(1));
    const auto minus = [](const Tensor& a, const Tensor& b, DType dtype) {
        return kernel::sub(a, b, std::int64_t(1), dtype);
    };
    const DType input = call.x(Logits).dtype();
    const DType output = call.x(Target).dtype();
    Tensor logarithms = kernel::logSigmoid(call.x(Logits), input);
    if (call.has(PosWeight)) {
        const Tensor& weight = call.x(PosWeight);
        const TensorType factors[] = {weight.type(), call.x(Target).type()};
        const DType dtype = promotedDType(factors);
        const Tensor more = kernel::mul(minus(weight, one, weight.dtype()), call.x(Target), dtype);
        logarithms = into(logarithms, kernel::add(more, one, std::int64_t(1), dtype), kernel::mul);
    }
    Tensor losses = into(minus(one, call.x(Target), output), call.x(Logits), kernel::mul);
    losses = into(losses, logarithms, minus);
    if (call.has(Weight))
        losses = into(losses, call.x(Weight), kernel::mul);

    const auto& reduction = call.attribute<std::string>("reduction");
    if (reduction == "none")
        return Tensors{losses};
    const InlineVector<bool, 16> all(losses.rank(), true);
    return Tensors{reduction == "sum" ? kernel::sum(losses, all, false, output)
                                      : kernel::mean(losses, all, false, output)};
}

/// Step by step as PyTorch: of the halves, it rounds each.
Gradients binaryCrossEntropyVjp(const VjpCall& call)
{
    const Value& x = call.x(Logits);
    const Value& target = call.x(Target);
    const auto sent = [&](const Value& slope) {
        Value gradient = slope * call.dy();
        if (call.has(Weight))
            gradient = gradient * call.x(Weight);
        const bool isMean = call.attribute<std::string>("reduction") == "mean";
        return isMean ? dividedBy(gradient, double(x.tensor().size())) : gradient;
    };
    Gradients gradients(call.inputs.size());
    if (call.needs(Logits) && call.has(PosWeight)) {
        const Value positive = call.x(PosWeight) * target;
        const Value factor = plus(positive, 1) - target;
        gradients[Logits] = sent(factor * sigmoid(x) - positive);
    } else if (call.needs(Logits)) {
        gradients[Logits] = sent(sigmoid(x) - target);
    }
    if (call.needs(Target) && call.has(PosWeight)) {
        const Value negative = logSigmoid(-x);
        const Value weighted = logSigmoid(x) * call.x(PosWeight);
        gradients[Target] = sent(negative - weighted);
    } else if (call.needs(Target)) {
        gradients[Target] = sent(-x);
    }
    return gradients;
}

}  // namespace chainrule
