// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/creation.h"

#include "engine/ops/registry.h"
#include "engine/tensor/kernels/moves.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

// zeros, ones, full

Result<Types> inferFilled(const Call<TensorType>& call)
{
    Shape shape = sizeOf(call.attributes);
    if (const auto refusal = checked(shape))
        return *refusal;
    return Types{{givenDType(call.attributes).value_or(DType::Float32), std::move(shape)}};
}

Result<Types> inferZeros(const Call<TensorType>& call)
{
    for (const std::int64_t size : sizeOf(call.attributes))
        if (size < 0)
            return runtimeError("zeros: Dimension size must be non-negative.");
    return inferFilled(call);
}

/// With memory of its own, as PyTorch has it: Tensor::full repeats one element by strides of 0, and what it
/// gives is not contiguous.
Tensor filledTensor(const Shape& shape, const Scalar& value, DType dtype)
{
    return kernel::contiguous(Tensor::full(shape, value, dtype));
}

template <int value>
Result<Tensors> forwardFilled(const Call<Tensor>& call)
{
    const DType dtype = givenDType(call.attributes).value_or(DType::Float32);
    return Tensors{filledTensor(sizeOf(call.attributes), std::int64_t(value), dtype)};
}

DType dtypeOfNumber(const Scalar& number)
{
    constexpr DType dtypes[] = {DType::Bool, DType::Int64, DType::Float32};
    return dtypes[number.index()];
}

/// Whether PyTorch takes `number` for a T: an unsigned type may be given the negative of what it holds.
template <typename T>
bool isInRange(const Scalar& number)
{
    using Limits = std::numeric_limits<T>;
    if (std::is_same_v<T, bool> || std::holds_alternative<bool>(number))
        return true;
    if constexpr (isHalf<T>) {
        constexpr double largest = std::is_same_v<T, Float16> ? 65504.0 : 0x1.fep127;
        const double value = as<double>(number);
        return !std::isfinite(value) || std::abs(value) <= largest;
    } else if constexpr (std::is_floating_point_v<T>) {
        const double value = as<double>(number);
        return !std::isfinite(value) || std::abs(value) <= double(Limits::max());
    } else {
        if (const auto* const integer = std::get_if<std::int64_t>(&number))
            return *integer <= std::int64_t(Limits::max())
                   && (*integer >= std::int64_t(Limits::lowest())
                       || (std::is_unsigned_v<T> && *integer >= -std::int64_t(Limits::max())));
        const double value = std::get<double>(number);
        return value >= double(Limits::lowest()) && value <= double(Limits::max());
    }
}

Failure refusedNumber(const Scalar& number, DType dtype)
{
    const bool fits = visit(dtype, [&](auto stored) { return isInRange<decltype(stored)>(number); });
    if (fits)
        return std::nullopt;
    std::string_view type = cppName(dtype);
    switch (dtype) {
    case DType::UInt8: type = "uint8_t"; break;
    case DType::Int8: type = "int8_t"; break;
    case DType::Int16: type = "int16_t"; break;
    case DType::Int64: type = "int64_t"; break;
    default: break;
    }
    return runtimeError("value cannot be converted to type " + std::string(type) + " without overflow");
}

Result<Types> inferFull(const Call<TensorType>& call)
{
    Shape shape = sizeOf(call.attributes);
    if (const auto refusal = checked(shape))
        return *refusal;
    const Scalar value = numberOf(call.attributes, "fill_value");
    const DType dtype = givenDType(call.attributes).value_or(dtypeOfNumber(value));
    if (const auto refusal = refusedNumber(value, dtype))
        return *refusal;
    return Types{{dtype, std::move(shape)}};
}

// arange

/// PyTorch's signatures are arange(end), arange(start, end) and arange(start, end, step).
std::string spelledRange(const Spelling& call)
{
    const bool hasStep = call["step"] != "1";
    const bool hasStart = hasStep || call["start"] != "0";
    return std::string(call.torch) + ".arange(" + (hasStart ? call["start"] + ", " : "") + call["end"]
           + (hasStep ? ", " + call["step"] : "") + (call["dtype"] == "None" ? "" : ", dtype=" + call["dtype"]) + ")";
}

struct Range {
    DType dtype;
    Scalar start;
    Scalar step;
    std::int64_t count;
};

/// As C++ streams print numbers: six digits.
std::string sixDigits(double number)
{
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::general, 6).ptr;
    return std::string(text, end);
}

Result<Range> rangeOf(const Attributes& attributes)
{
    const Scalar start = numberOf(attributes, "start");
    const Scalar end = numberOf(attributes, "end");
    const Scalar step = numberOf(attributes, "step");
    const bool isIntegral = start.index() < 2 && end.index() < 2 && step.index() < 2;
    const DType dtype = givenDType(attributes).value_or(isIntegral ? DType::Int64 : DType::Float32);
    if (dtype == DType::Bool)
        return notImplemented("\"arange_cpu\" not implemented for 'Bool'");

    const double from = as<double>(start), to = as<double>(end), by = as<double>(step);
    if (!(by > 0) && !(by < 0))
        return runtimeError("step must be nonzero");
    if (!std::isfinite(from) || !std::isfinite(to))
        return runtimeError("unsupported range: " + sixDigits(from) + " -> " + sixDigits(to));
    if (by > 0 ? to < from : to > from)
        return runtimeError("upper bound and lower bound inconsistent with step sign");
    double count = std::ceil((to - from) / by);
    if (dtype == DType::Int64) {
        for (const Scalar& number : {start, end, step})
            if (const auto refusal = refusedNumber(number, dtype))
                return *refusal;
        const auto whole = as<std::int64_t>(step);
        if (whole == 0)
            return valueError("step must be nonzero");
        // Unsigned, so that the widest ranges do not overflow.
        const auto first = std::uint64_t(as<std::int64_t>(start)), last = std::uint64_t(as<std::int64_t>(end));
        const std::uint64_t distance = whole > 0 ? last - first : first - last;
        const std::uint64_t stride = whole > 0 ? std::uint64_t(whole) : -std::uint64_t(whole);
        count = double(distance / stride + (distance % stride != 0));
    }
    if (!(count >= 0 && count < double(std::numeric_limits<std::int64_t>::max())))
        return runtimeError("invalid size, possible overflow?");
    if (const auto refusal = checked({std::int64_t(count)}))
        return *refusal;
    return Range{dtype, start, step, std::int64_t(count)};
}

Result<Types> inferArange(const Call<TensorType>& call)
{
    const auto range = rangeOf(call.attributes);
    if (!range)
        return range.error();
    return Types{{range->dtype, {range->count}}};
}

Result<Tensors> forwardArange(const Call<Tensor>& call)
{
    const Range range = *rangeOf(call.attributes);
    Tensor y = Tensor::uninitialized({range.count}, range.dtype);
    visit(range.dtype, [&](auto stored) {
        using T = decltype(stored);
        using Counter = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;
        const auto start = Counter(as<std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>(range.start));
        const auto step = Counter(as<std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>(range.step));
        T* const to = y.writable<T>();
        for (std::int64_t i = 0; i < range.count; ++i)
            to[i] = T(Compute<T>(start + Counter(i) * step));
    });
    return Tensors{y};
}

}  // namespace

std::vector<Op> creationOps()
{
    const auto i = [](std::int64_t value) { return Attribute(value); };
    const auto sized = [](IntList size) { return Attributes{{"size", size}}; };
    const auto typed = [](IntList size, DType dtype) { return Attributes{{"size", size}, {"dtype", dtype}}; };
    const auto filled = [](IntList size, Attribute value) { return Attributes{{"size", size}, {"fill_value", value}}; };
    const auto cast = [](IntList size, Attribute value, DType dtype) {
        return Attributes{{"size", size}, {"fill_value", value}, {"dtype", dtype}};
    };
    const auto range = [](Attribute start, Attribute end, Attribute step) {
        return Attributes{{"start", start}, {"end", end}, {"step", step}};
    };
    const Parameter size = sizeParameter();
    return {
        Op{
            .name = "zeros",
            .category = Category::Source,
            .summary = "A tensor of zeros.",
            .parameters = {size, dtypeParameter("None: float32")},
            .formula = "y = 0 everywhere",
            .gradient = "none: it is a leaf",
            .torch = "torch.zeros",
            .gradFn = {""},
            .saves = {},
            .infer = inferZeros,
            .forward = forwardFilled<0>,
            .vjp = nullptr,
            .samples = {{"vector", {}, sized({3})},
                        {"matrix", {}, sized({2, 3})},
                        {"scalar", {}, sized({})},
                        {"empty", {}, sized({2, 0})},
                        {"rank_4", {}, sized({1, 2, 1, 2})},
                        {"integers", {}, typed({2}, DType::Int64)},
                        {"booleans", {}, typed({2}, DType::Bool)}},
            .errors = {{"negative", {}, sized({2, -1})},
                       {"huge", {}, sized({std::int64_t(1) << 40, std::int64_t(1) << 40})}},
        },
        Op{
            .name = "ones",
            .category = Category::Source,
            .summary = "A tensor of ones.",
            .parameters = {size, dtypeParameter("None: float32")},
            .formula = "y = 1 everywhere",
            .gradient = "none: it is a leaf",
            .torch = "torch.ones",
            .gradFn = {""},
            .saves = {},
            .infer = inferFilled,
            .forward = forwardFilled<1>,
            .vjp = nullptr,
            .samples = {{"vector", {}, sized({3})},
                        {"matrix", {}, sized({2, 3})},
                        {"scalar", {}, sized({})},
                        {"empty", {}, sized({2, 0})},
                        {"half", {}, typed({2}, DType::Float16)},
                        {"booleans", {}, typed({2}, DType::Bool)}},
            .errors = {{"negative", {}, sized({2, -1})},
                       {"huge", {}, sized({std::int64_t(1) << 40, std::int64_t(1) << 40})}},
        },
        Op{
            .name = "full",
            .category = Category::Source,
            .summary = "A tensor that holds one number everywhere.",
            .parameters = {size,
                           {.name = "fill_value", .kind = Kind::Number, .help = "the number"},
                           dtypeParameter("None: float32, int64 or bool, after the number")},
            .formula = "y = fill_value everywhere",
            .gradient = "none: it is a leaf",
            .torch = "torch.full",
            .gradFn = {""},
            .saves = {},
            .infer = inferFull,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const Scalar value = numberOf(call.attributes, "fill_value");
                const DType dtype = givenDType(call.attributes).value_or(dtypeOfNumber(value));
                return Tensors{filledTensor(sizeOf(call.attributes), value, dtype)};
            },
            .vjp = nullptr,
            .samples = {{"float", {}, filled({2, 3}, 0.1)},
                        {"integer", {}, filled({2}, i(7))},
                        {"boolean", {}, filled({2}, true)},
                        {"scalar", {}, filled({}, 2.5)},
                        {"empty", {}, filled({0, 2}, 2.5)},
                        {"infinite", {}, cast({2}, HUGE_VAL, DType::Float16)},
                        {"truncated", {}, cast({2}, 1.7, DType::Int8)},
                        {"wrapped", {}, cast({2}, i(-255), DType::UInt8)},
                        {"double", {}, cast({2}, 0.1, DType::Float64)},
                        {"to_boolean", {}, cast({2}, 0.5, DType::Bool)}},
            .errors = {{"negative", {}, filled({-1}, 1.0)},
                       {"overflow", {}, cast({2}, i(300), DType::UInt8)},
                       {"overflow_int", {}, cast({2}, 1e10, DType::Int32)},
                       {"overflow_long", {}, cast({2}, 1e20, DType::Int64)},
                       {"overflow_half", {}, cast({2}, 1e5, DType::Float16)},
                       {"overflow_float", {}, cast({2}, 1e39, DType::Float32)},
                       {"nan", {}, cast({2}, NAN, DType::Int16)},
                       {"missing", {}, sized({2})}},
        },
        Op{
            .name = "arange",
            .category = Category::Source,
            .summary = "Evenly spaced numbers from start up to, not including, end.",
            .parameters = {{.name = "start",
                            .kind = Kind::Number,
                            .help = "the first number",
                            .fallback = std::int64_t(0)},
                           {.name = "end", .kind = Kind::Number, .help = "where to stop; not included"},
                           {.name = "step",
                            .kind = Kind::Number,
                            .help = "from one number to the next",
                            .fallback = std::int64_t(1)},
                           dtypeParameter("None: int64 if all numbers are ints, else float32")},
            .formula = "y[i] = start + i * step",
            .gradient = "none: it is a leaf",
            .torch = "torch.arange",
            .spelled = spelledRange,
            .gradFn = {""},
            .saves = {},
            .infer = inferArange,
            .forward = forwardArange,
            .vjp = nullptr,
            .samples = {{"end", {}, {{"end", i(5)}}},
                        {"float_end", {}, {{"end", 2.5}}},
                        {"range", {}, {{"start", i(1)}, {"end", i(4)}}},
                        {"step", {}, range(i(1), i(10), i(4))},
                        {"down", {}, range(i(5), i(1), i(-1))},
                        {"fractions", {}, range(i(0), i(1), 0.125)},
                        {"nothing", {}, range(i(3), i(3), i(1))},
                        {"boolean", {}, {{"end", true}}},
                        {"infinite_step", {}, range(i(0), i(1), HUGE_VAL)},
                        {"dtype", {}, {{"end", i(3)}, {"dtype", DType::Float64}}},
                        {"wrapped", {}, {{"start", i(-1)}, {"end", i(3)}, {"dtype", DType::UInt8}}},
                        {"truncated", {}, {{"start", 0.5}, {"end", 3.5}, {"dtype", DType::Int64}}},
                        {"short", {},
                         {{"start", i(0)}, {"end", i(5)}, {"step", 1.5}, {"dtype", DType::Int32}}}},
            .errors = {{"direction", {}, {{"start", i(5)}, {"end", i(1)}}},
                       {"negative_step", {}, range(i(1), i(5), i(-1))},
                       {"step", {}, range(i(0), i(5), i(0))},
                       {"nan_step", {}, range(i(0), i(5), NAN)},
                       {"nan", {}, {{"end", NAN}}},
                       {"infinite", {}, {{"start", 1.23456789}, {"end", HUGE_VAL}}},
                       {"too_many", {}, {{"end", 1e20}}},
                       {"huge", {}, {{"end", std::int64_t(1) << 62}}},
                       {"boolean", {}, {{"end", i(2)}, {"dtype", DType::Bool}}},
                       {"vanishing_step", {},
                        {{"start", i(0)}, {"end", i(5)}, {"step", 0.5}, {"dtype", DType::Int64}}},
                       {"missing", {}, {{"start", i(1)}}}},
        },
    };
}

}  // namespace chainrule
