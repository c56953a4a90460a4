// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

constexpr std::size_t lower = 1, upper = 2;  // The inputs.

const TensorType& typeOf(const TensorType& type) { return type; }
TensorType typeOf(const Tensor& tensor) { return tensor.type(); }
TensorType typeOf(const Value& value)
{
    TensorType type = value.tensor().type();
    type.requiresGrad = value.requiresGrad();
    return type;
}

/// PyTorch has two operations of that name, for two numbers and for two tensors. A tensor beside a number counts
/// as one if it has no dimensions and needs no gradient.
template <typename T>
bool hasTensorBound(const Call<T>& call)
{
    return (call.has(lower) || call.has(upper)) && !(call.has(lower) && typeOf(call.x(lower)).isNumber)
           && !(call.has(upper) && typeOf(call.x(upper)).isNumber);
}

Result<Types> inferClamp(const Call<TensorType>& call)
{
    const bool hasBoth = call.has(lower) && call.has(upper);
    if (!call.has(lower) && !call.has(upper))
        return runtimeError("torch.clamp: At least one of 'min' or 'max' must not be None");
    const bool isTensor = hasTensorBound(call);
    Types operands(call.inputs.begin(), call.inputs.end());
    if (!isTensor)
        for (const std::size_t i : {lower, upper}) {
            if (!call.has(i) || call.x(i).isNumber)
                continue;
            if (!call.x(i).shape.empty() || call.x(i).requiresGrad)
                return noOverload("clamp", call);
            operands[i].isNumber = true;
            operands[i].dtype = isFloating(call.x(i).dtype)      ? DType::Float64
                                : call.x(i).dtype == DType::Bool ? DType::Bool
                                                                 : DType::Int64;
        }
    auto types = promotedBroadcast({operands, call.attributes});
    if (types && types->front().dtype == DType::Bool) {
        if (!isTensor)
            return notImplementedFor(hasBoth            ? "clamp_scalar_cpu"
                                     : call.has(lower) ? "clamp_min_scalar_cpu"
                                                       : "clamp_max_scalar_cpu", DType::Bool);
        if (hasBoth)
            return notImplementedFor("clamp_cpu", DType::Bool);
    }
    return types;
}

Result<Tensors> forwardClamp(const Call<Tensor>& call)
{
    const bool isTensor = hasTensorBound(call);
    InlineVector<Tensor, 3> operands;
    Types types;
    for (const Tensor& input : call.inputs) {
        const bool isBound = !operands.empty() && !input.isNone();
        operands.push_back(isBound && !isTensor ? Tensor::number(input.item()) : input);
        types.push_back(operands.back().type());
    }
    const DType dtype = promotedDType(types);
    const auto isNan = [&](std::size_t i) { return call.has(i) && std::isnan(as<double>(operands[i].item())); };
    if (!isTensor && !isNan(lower) && !isNan(upper))  // Else all is NaN, and PyTorch does not look at the other bound.
        for (const std::size_t i : {lower, upper})
            if (call.has(i))
                if (const auto refusal = refusedNumber(operands[i].item(), dtype))
                    return *refusal;

    if (isTensor && !call.has(upper))
        return Tensors{kernel::maximum(call.x(), call.x(lower), dtype)};
    if (isTensor && !call.has(lower))
        return Tensors{kernel::minimum(call.x(), call.x(upper), dtype)};
    Tensor y = call.has(lower) ? kernel::atLeast(call.x(), operands[lower], dtype) : call.x();
    if (call.has(upper))
        y = kernel::atMost(y, operands[upper], dtype);
    return Tensors{y};
}

Failure refusedWriting(const TensorType& to, const TensorType& from)
{
    const TensorType pair[] = {to, from};
    const Shape shape = *broadcastShape(pair);
    if (shape == to.shape)
        return std::nullopt;
    return runtimeError("output with shape " + text(to.shape) + " doesn't match the broadcast shape " + text(shape));
}

/// PyTorch compares with one bound and then writes into that mask, in place, what the other comparison gives.
Failure refusedClampVjp(const VjpCall& call)
{
    if (!call.has(lower) || !call.has(upper) || !hasTensorBound(call))
        return std::nullopt;
    const auto compared = [&](std::size_t a, std::size_t b) {
        const TensorType pair[] = {call.x(a).tensor().type(), call.x(b).tensor().type()};
        return TensorType{DType::Bool, *broadcastShape(pair)};
    };
    const TensorType bounds = compared(lower, upper);
    for (const std::size_t bound : {lower, upper})
        if (call.needs(bound))
            if (auto refusal = refusedWriting(compared(0, bound), bounds))
                return refusal;
    return call.needs(0) ? refusedWriting(compared(0, lower), compared(0, upper)) : std::nullopt;
}

/// Masks, of which a product is both and a sum is either, choose: a dy that is NaN must not reach what it does not belong to.
Gradients clampVjp(const VjpCall& call)
{
    const Value& x = call.x();
    const bool hasLower = call.has(lower), hasUpper = call.has(upper);
    Gradients gradients(call.inputs.size());
    if (hasLower && call.needs(lower)) {
        const Value isBelow = x < call.x(lower);
        gradients[lower] = where(hasUpper ? isBelow * (call.x(lower) < call.x(upper)) : isBelow, call.dy(), 0.0);
    }
    if (hasUpper && call.needs(upper)) {
        const Value isAbove = x > call.x(upper);
        gradients[upper] = where(hasLower ? isAbove + (call.x(upper) < call.x(lower)) : isAbove, call.dy(), 0.0);
    }
    if (call.needs(0)) {
        const auto isAbove = [&] { return x >= call.x(lower); };
        const auto isBelow = [&] { return x <= call.x(upper); };
        gradients[0] = where(!hasUpper ? isAbove() : !hasLower ? isBelow() : isAbove() * isBelow(), call.dy(), 0.0);
    }
    return gradients;
}

Parameter bound(std::string_view name, std::string_view help)
{
    return {.name = name,
            .kind = Kind::Tensor,
            .help = help,
            .fallback = None(),
            .acceptsNone = true,
            .acceptsNumber = true};
}

std::vector<Sample> clampSamples()
{
    using namespace sample;
    const Tensor none = Tensor::none();
    const auto number = [](Scalar value) { return Tensor::number(value); };
    const auto whole = [](std::int64_t value) { return Tensor::number(value); };
    const Tensor special = vector({-1, 0, 0.5, 1, 2, NAN, INFINITY, -INFINITY, -0.0});
    return {{"numbers", {values({2, 3}), number(-0.7), number(0.9)}},
            {"lower_number", {values({5}), number(-0.3)}},
            {"upper_number", {values({5}), none, number(0.4)}},
            {"whole_numbers", {values({5}), whole(-1), whole(1)}},
            {"boolean_number", {values({5}), number(false), number(true)}},
            {"scalar", {scalar(2), number(-1.5), number(1.5)}},
            {"scalar_inside", {scalar(1), number(-1.5), number(1.5)}},
            {"special", {special, number(0.0), number(1.0)}},
            {"special_lower", {special, number(0.0)}},
            {"special_upper", {special, none, number(0.0)}},
            {"crossed", {special, number(1.0), number(0.0)}},
            {"nan_lower", {special, number(NAN)}},
            {"nan_upper", {special, number(0.0), number(NAN)}},
            {"infinite", {special, number(-INFINITY), number(INFINITY)}},
            {"permuted", {transposed(values({3, 2})), number(-0.7), number(0.9)}},
            {"cube", {values({2, 1, 3}), number(-0.7), number(0.9)}},
            {"rank_4", {values({2, 1, 3, 2}), values({3, 1}, 1), values({2}, 2)}},
            {"empty", {values({0, 3}), number(-1.0), number(1.0)}},
            {"nan_for_halves", {values({3}), number(1e10), number(NAN)}},
            {"integers", {integers({6}, -9, 9), whole(-3), whole(4)}},
            {"integers_and_float", {integers({6}, -9, 9), number(-3.5), whole(4)}},
            {"booleans_and_integers", {booleans({4}), whole(0), whole(2)}},
            {"booleans_and_float", {booleans({4}), number(0.5)}},
            {"tensors", {values({6}), values({6}, 1), values({6}, 2)}},
            {"lower_tensor", {values({6}), values({6}, 1)}},
            {"upper_tensor", {values({6}), none, values({6}, 1)}},
            {"tensor_and_number", {values({6}), Tensor::scalar(std::int64_t(-1), DType::Int64), number(0.8)}},
            {"number_and_tensor", {values({6}), number(-0.8), Tensor::scalar(std::int64_t(1), DType::Int64)}},
            {"scalar_tensors", {values({2, 3}), scalar(-0.7), scalar(0.9)}},
            {"broadcast", {values({2, 3}), values({3}, 1), values({2, 1}, 2)}},
            {"broadcast_input", {scalar(0.3), values({3}, 1), values({3}, 2)}},
            {"broadcast_lower", {values({3}), values({2, 1}, 1)}},
            {"tensors_at_ties", {vector({1, 1, 0}), vector({1, 0, -0.0}), vector({2, 1, 3})}},
            {"special_tensors",
             {special, vector({0, 0, 0, 0, 0, 0, 0, 0, 0}), vector({1, 1, 1, 1, 1, 1, 1, 1, 1})}},
            {"special_lower_tensor", {special, vector({-1, 0, 1, NAN, NAN, NAN, 0, 0, -1})}},
            {"special_upper_tensor", {special, none, vector({-1, 0, 1, NAN, NAN, NAN, 0, 0, 1})}},
            {"crossed_tensors", {special, scalar(1), scalar(0)}},
            {"nan_tensors", {special, scalar(NAN), scalar(1)}},
            {"nan_upper_tensor", {special, scalar(1), scalar(NAN)}},
            {"permuted_tensors",
             {transposed(values({3, 2})), transposed(values({3, 2}, 1)), transposed(values({3, 2}, 2))}},
            {"permuted_and_not", {transposed(values({2, 3})), values({2, 3}, 1), values({2, 3}, 2)}},
            {"empty_tensors", {values({0, 3}), values({3}), values({1, 1}, 1)}},
            {"integers_and_tensors", {integers({4}, -9, 9), values({4}), values({4}, 1)}},
            {"integer_tensors", {integers({6}, -9, 9), integers({6}, -9, 3, 1), integers({6}, 0, 9, 2)}},
            {"mixed_dtypes", {values({4}), integers({4}, -2, 0), integers({4}, 0, 2)}},
            {"booleans", {booleans({4}), booleans({4}, 1)}},
            {"booleans_upper", {booleans({4}), none, booleans({4}, 1)}}};
}

std::vector<Sample> clampErrors()
{
    using namespace sample;
    const Tensor none = Tensor::none();
    const auto number = [](Scalar value) { return Tensor::number(value); };
    const Tensor bytes = kernel::cast(integers({3}, 0, 9), DType::Int8);
    const Tensor large = Tensor::number(std::int64_t(300));
    return {{"no_bounds", {values({3})}},
            {"nones", {values({3}), none, none}},
            {"shapes", {values({3}), values({2})}},
            {"upper_shape", {values({3}), none, values({2})}},
            {"both_shapes", {values({3}), values({3}), values({2})}},
            {"booleans", {booleans({3}), number(false), number(true)}},
            {"booleans_lower", {booleans({3}), number(false)}},
            {"booleans_upper", {booleans({3}), none, number(true)}},
            {"boolean_tensors", {booleans({3}), booleans({3}), booleans({3})}},
            {"tensor_and_float", {values({3}), values({3}), number(0.5)}},
            {"int_and_tensor", {values({3}), Tensor::number(std::int64_t(0)), values({3})}},
            {"trained_and_number", {values({3}), scalar(-1), number(0.5)}},
            {"tensor_and_boolean", {values({3}), values({3}), number(true)}},
            {"boolean_and_tensor", {values({3}), number(true), values({3})}},
            {"overflow", {bytes, large}},
            {"overflow_upper", {bytes, none, large}},
            {"overflow_beside_tensor", {bytes, Tensor::scalar(std::int64_t(2), DType::Int64), large}},
            {"overflow_half", {kernel::cast(values({3}), DType::Float16), number(1e10)}}};
}

}  // namespace

std::vector<Op> clampOps()
{
    return {
        Op{
            .name = "clamp",
            .category = Category::Arithmetic,
            .summary = "Keeps every element between two bounds.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape"},
                           bound("min", "no element stays below it; None: no bound"),
                           bound("max", "no element stays above it, also where min is larger; None: no bound")},
            .formula = "y = minimum(maximum(x, min), max)",
            .gradient = "dx = dy where min <= x <= max, else 0; dmin = dy where x < min < max, "
                        "dmax = dy where x > max or min > max",
            .pictures = {{Picture::Mask, "1 where min <= x <= max"},
                         {Picture::Mask, "1 where x < min < max"},
                         {Picture::Mask, "1 where x > max or min > max"}},
            .torch = "torch.clamp",
            .overloads = {"(Tensor input, Tensor min=None, Tensor max=None, *, Tensor out=None)",
                          "(Tensor input, Number min=None, Number max=None, *, Tensor out=None)"},
            .gradFn = {"ClampBackward1",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return hasTensorBound(call) ? "ClampBackward0" : "ClampBackward1";
                       }},
            .saves = {{"max"}, {"min"}, {"self"}},  // Numbers are kept as they are, without a tensor.
            .gradFns = traces::clamp,
            .infer = inferClamp,
            .forward = forwardClamp,
            .vjp = clampVjp,
            .refusedVjp = refusedClampVjp,
            .samples = clampSamples(),
            .errors = clampErrors(),
        },
    };
}

}  // namespace chainrule
