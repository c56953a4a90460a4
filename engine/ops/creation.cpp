// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/creation.h"
#include "engine/ops/python_functions.h"

#include "engine/base/stop.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/tensor/kernels/elementwise.h"
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
    constexpr DType dtypes[] = {DType::Bool, DType::Int64, DType::Float32, DType::Int64};
    return dtypes[number.index()];
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
    const auto isWhole = [](const Scalar& number) { return !std::holds_alternative<double>(number); };
    const bool isIntegral = isWhole(start) && isWhole(end) && isWhole(step);
    const DType dtype = givenDType(attributes).value_or(isIntegral ? DType::Int64 : DType::Float32);
    if (dtype == DType::Bool)
        return notImplementedFor("arange_cpu", DType::Bool);

    const double from = as<double>(start), to = as<double>(end), by = as<double>(step);
    if (!(by > 0) && !(by < 0))
        return runtimeError("step must be nonzero");
    if (!std::isfinite(from) || !std::isfinite(to))
        return runtimeError("unsupported range: " + sixDigits(from) + " -> " + sixDigits(to));
    if (by > 0 ? to < from : to > from)
        return runtimeError("upper bound and lower bound inconsistent with step sign");
    if (!isFloating(dtype))
        for (const Scalar& number : {start, end, step})
            if (const auto refusal = refusedNumber(number, DType::Int64))
                return *refusal;
    double count = std::ceil((to - from) / by);
    if (dtype == DType::Int64) {
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
        inPieces(range.count, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                to[i] = T(Compute<T>(start + Counter(i) * step));
        });
    });
    return Tensors{y};
}

// linspace

Result<Types> inferLinspace(const Call<TensorType>& call)
{
    const auto steps = call.attribute<std::int64_t>("steps");
    const DType dtype = givenDType(call.attributes).value_or(DType::Float32);
    if (steps < 0)
        return runtimeError("number of steps must be non-negative");
    if (const auto refusal = checked({steps}))
        return *refusal;
    if (steps > 1 && dtype == DType::Bool)
        return notImplementedFor("linspace_cpu", DType::Bool);
    if (steps > 0)
        if (const auto refusal = refusedNumber(numberOf(call.attributes, "start"), dtype))
            return *refusal;
    if (steps > 1)
        if (const auto refusal = refusedNumber(numberOf(call.attributes, "end"), dtype))
            return *refusal;
    return Types{{dtype, {steps}}};
}

/// At least two numbers, counted from both ends so that the last is exact, as PyTorch rounds them.
template <typename T>
Tensor spaced(T start, T end, std::int64_t steps)
{
    Tensor y = Tensor::uninitialized({steps}, dtypeOf<T>());
    T* const to = y.writable<T>();
    const auto number = [](auto value) { return T(Compute<T>(value)); };
    const T step = number(Compute<T>(number(Compute<T>(end) - Compute<T>(start))) / Compute<T>(number(steps - 1)));
    const auto moved = [&](T from, Compute<T> by, std::int64_t times) {
        if constexpr (isHalf<T>)  // Every intermediate result is rounded.
            return number(Compute<T>(from) + Compute<T>(number(by * Compute<T>(number(times)))));
        else
            return std::fma(by, T(times), from);
    };
    inPieces(steps, [&](std::int64_t begin, std::int64_t pieceEnd) {
        for (std::int64_t i = begin; i < pieceEnd; ++i)
            to[i] = i < steps / 2 ? moved(start, Compute<T>(step), i) : moved(end, -Compute<T>(step), steps - 1 - i);
    });
    return y;
}

Result<Tensors> forwardLinspace(const Call<Tensor>& call)
{
    const auto steps = call.attribute<std::int64_t>("steps");
    const DType dtype = givenDType(call.attributes).value_or(DType::Float32);
    const Scalar start = numberOf(call.attributes, "start");
    const Scalar end = numberOf(call.attributes, "end");
    if (steps < 2)
        return Tensors{filledTensor({steps}, start, dtype)};
    return visit(dtype, [&](auto stored) {
        using T = decltype(stored);
        if constexpr (std::is_integral_v<T>) {  // In float64, also int64.
            const auto whole = [](const Scalar& number) { return double(T(as<std::int64_t>(number))); };
            return Tensors{kernel::cast(spaced<double>(whole(start), whole(end), steps), dtype)};
        } else {
            return Tensors{spaced<T>(T(Compute<T>(as<double>(start))), T(Compute<T>(as<double>(end))), steps)};
        }
    });
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
    const auto spacing = [](Attribute start, Attribute end, std::int64_t steps) {
        return Attributes{{"start", start}, {"end", end}, {"steps", steps}};
    };
    const auto castSpacing = [](Attribute start, Attribute end, std::int64_t steps, DType dtype) {
        return Attributes{{"start", start}, {"end", end}, {"steps", steps}, {"dtype", dtype}};
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
            .pictures = {},
            .torch = "torch.zeros",
            .overloads = {"(int[] size, *, Tensor out=None, options)"},
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
            .pictures = {},
            .torch = "torch.ones",
            .overloads = {"(int[] size, *, Tensor out=None, options)"},
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
            .pictures = {},
            .torch = "torch.full",
            .overloads = {"(int[] size, Number fill_value, *, Tensor out=None, options)"},
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
            .pictures = {},
            .torch = "torch.arange",
            .overloads = {"(Number end, *, Tensor out=None, options)",
                          "(Number start, Number end, *, options)",
                          "(Number start, Number end, Number step=1, *, Tensor out=None, options)"},
            .refusal = refusals::arange,
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
        Op{
            .name = "linspace",
            .category = Category::Source,
            .summary = "Evenly spaced numbers from start up to and including end.",
            .parameters = {{.name = "start", .kind = Kind::Number, .help = "the first number"},
                           {.name = "end", .kind = Kind::Number, .help = "the last number"},
                           {.name = "steps", .kind = Kind::Int, .help = "how many numbers"},
                           dtypeParameter("None: float32")},
            .formula = "y[i] = start + i * (end - start) / (steps - 1)",
            .gradient = "none: it is a leaf",
            .pictures = {},
            .torch = "torch.linspace",
            .overloads = {"(Tensor start, Tensor end, int steps, *, Tensor out=None, options)",
                          "(Number start, Tensor end, int steps, *, Tensor out=None, options)",
                          "(Tensor start, Number end, int steps, *, Tensor out=None, options)",
                          "(Number start, Number end, int steps, *, Tensor out=None, options)"},
            .gradFn = {""},
            .saves = {},
            .infer = inferLinspace,
            .forward = forwardLinspace,
            .vjp = nullptr,
            .samples = {{"quarters", {}, spacing(i(0), i(1), 5)},
                        {"even", {}, spacing(i(-1), i(1), 6)},
                        {"down", {}, spacing(2.5, -0.3, 7)},
                        {"long", {}, spacing(-3.3, 3.1, 101)},
                        {"one", {}, spacing(i(2), i(5), 1)},
                        {"two", {}, spacing(0.1, 0.7, 2)},
                        {"none", {}, spacing(i(2), i(5), 0)},
                        {"equal", {}, spacing(0.1, 0.1, 4)},
                        {"boolean_start", {}, spacing(true, i(3), 3)},
                        {"nan", {}, spacing(NAN, i(1), 3)},
                        {"infinite", {}, spacing(i(0), HUGE_VAL, 3)},
                        {"double", {}, castSpacing(i(0), i(1), 7, DType::Float64)},
                        {"half", {}, castSpacing(i(0), i(1), 7, DType::Float16)},
                        {"bfloat16", {}, castSpacing(i(0), i(1), 7, DType::BFloat16)},
                        {"integers", {}, castSpacing(i(0), i(10), 4, DType::Int64)},
                        {"truncated", {}, castSpacing(0.5, 5.7, 4, DType::Int32)},
                        {"short", {}, castSpacing(i(127), i(-128), 4, DType::Int8)},
                        {"wrapped", {}, castSpacing(i(-1), i(5), 4, DType::UInt8)},
                        {"large", {}, castSpacing(i(0), i((std::int64_t(1) << 40) + 1), 4, DType::Int64)},
                        {"one_integer", {}, castSpacing(2.7, i(300), 1, DType::UInt8)},
                        {"one_boolean", {}, castSpacing(0.5, i(1), 1, DType::Bool)}},
            .errors = {{"negative", {}, spacing(i(0), i(1), -1)},
                       {"negative_booleans", {}, castSpacing(i(0), i(1), -1, DType::Bool)},
                       {"huge", {}, spacing(i(0), i(1), std::int64_t(1) << 62)},
                       {"booleans", {}, castSpacing(i(0), i(1), 3, DType::Bool)},
                       {"overflow", {}, castSpacing(i(0), i(300), 4, DType::UInt8)},
                       {"overflow_start", {}, castSpacing(i(300), i(0), 1, DType::UInt8)},
                       {"overflow_half", {}, castSpacing(i(0), 1e5, 3, DType::Float16)},
                       {"overflow_float", {}, spacing(1e39, i(1), 3)},
                       {"nan", {}, castSpacing(NAN, i(1), 3, DType::Int64)}},
        },
    };
}

}  // namespace chainrule
