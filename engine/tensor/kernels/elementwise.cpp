// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise.h"

#include "engine/tensor/kernels/loops.h"

#include <cmath>
#include <limits>

namespace chainrule::kernel {
namespace {

/// Integer arithmetic that wraps: done without sign, where overflow is defined.
template <typename T, typename F>
T wrapped(T a, T b, F f)
{
    if constexpr (std::is_floating_point_v<T>)
        return f(a, b);
    else
        return T(f(std::uint64_t(a), std::uint64_t(b)));
}

/// What x86 makes of a float that becomes an integer; C++ leaves it undefined out of range.
template <typename To, typename From>
To truncated(From value)
{
    using Wide = std::conditional_t<sizeof(To) == 8, std::int64_t, std::int32_t>;
    constexpr From limit = From(sizeof(To) == 8 ? 0x1p63 : 0x1p31);
    const bool fits = value >= -limit && value < limit;
    return To(fits ? Wide(value) : std::numeric_limits<Wide>::min());
}

template <typename To, typename From>
To converted(From value)
{
    if constexpr (std::is_same_v<To, bool>)
        return value != From(0);
    else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>)
        return truncated<To>(value);
    else
        return To(Compute<To>(value));
}

Tensor operand(const Tensor& x, DType dtype)
{
    return cast(x.withoutNumber(), dtype);
}

/// y = f(a, b) computed in `dtype`.
template <typename F>
Tensor arithmetic(const Tensor& a, const Tensor& b, DType dtype, F f)
{
    const Tensor x = operand(a, dtype);
    const Tensor y = operand(b, dtype);
    return visit(dtype, [&](auto stored) {
        using T = decltype(stored);
        return zipped<T, T>(x, y, f);
    });
}

template <typename F>
Tensor floatingMap(const Tensor& x, DType dtype, F f)
{
    const Tensor from = operand(x, dtype);
    return visitFloating(dtype, [&](auto stored) {
        using T = decltype(stored);
        return mapped<T, T>(from, f);
    });
}

template <typename F>
Tensor map(const Tensor& x, F f)
{
    return visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        return mapped<T, T>(x, f);
    });
}

template <typename T>
T integerPower(T base, T exponent)
{
    if constexpr (std::is_signed_v<T>) {
        if (exponent < 0)  // 1/base, as an integer.
            return base == 1 ? T(1) : base == T(-1) ? (exponent % 2 == 0 ? T(1) : T(-1)) : T(0);
    }
    std::uint64_t result = 1;
    std::uint64_t factor = std::uint64_t(base);
    for (auto left = std::uint64_t(exponent); left > 0; left >>= 1) {
        if (left & 1)
            result *= factor;
        factor *= factor;
    }
    return T(result);
}

template <typename T>
T flooredQuotient(T a, T b)
{
    if constexpr (std::is_floating_point_v<T>) {
        if (b == 0)
            return a / b;
        const T rest = std::fmod(a, b);
        T quotient = (a - rest) / b;
        if (rest != 0 && (b < 0) != (rest < 0))
            quotient -= T(1);
        if (quotient == 0)
            return std::copysign(T(0), a / b);
        const T floor = std::floor(quotient);
        return quotient - floor > T(0.5) ? floor + T(1) : floor;
    } else {
        if (std::is_signed_v<T> && b == T(-1))
            return T(std::uint64_t(0) - std::uint64_t(a));
        const bool differInSign = std::is_signed_v<T> && ((a ^ b) & std::numeric_limits<T>::min()) != 0;
        return T(a / b - (a % b != 0 && differInSign ? 1 : 0));
    }
}

template <typename T>
T truncatedQuotient(T a, T b)
{
    if constexpr (std::is_floating_point_v<T>)
        return std::trunc(a / b);
    else if (std::is_signed_v<T> && b == T(-1))
        return T(std::uint64_t(0) - std::uint64_t(a));
    else
        return T(a / b);
}

bool hasZero(const Tensor& x)
{
    bool found = false;
    visit(x.dtype(), [&](auto stored) {
        const auto* const data = x.data<decltype(stored)>();
        forEachRun<1>(x.shape(), {&x.strides()}, [&](std::int64_t n, const auto& at, const auto& step) {
            for (std::int64_t i = 0; i < n; ++i)
                found |= !data[at[0] + i * step[0]];
        });
    });
    return found;
}

template <typename F>
Tensor comparison(const Tensor& a, const Tensor& b, DType dtype, F f)
{
    const Tensor x = operand(a, dtype);
    const Tensor y = operand(b, dtype);
    return visit(dtype, [&](auto stored) { return zipped<bool, decltype(stored)>(x, y, f); });
}

template <typename T>
bool isNan(T value)
{
    if constexpr (std::is_floating_point_v<T>)
        return std::isnan(value);
    return false;
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype)
{
    if (x.dtype() == dtype)
        return x;
    return visit(x.dtype(), [&](auto from) {
        return visit(dtype, [&](auto to) {
            using From = decltype(from);
            using To = decltype(to);
            return mapped<To, From>(x, [](Compute<From> value) { return converted<To>(value); });
        });
    });
}

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype)
{
    if (alpha == Scalar(std::int64_t(1)) || alpha == Scalar(true))
        return arithmetic(a, b, dtype, [](auto x, auto y) {
            if constexpr (std::is_same_v<decltype(x), bool>)
                return x || y;
            else
                return wrapped(x, y, [](auto l, auto r) { return l + r; });
        });
    return add(a, mul(b, Tensor::number(alpha), dtype), std::int64_t(1), dtype);
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype)
{
    if (alpha == Scalar(std::int64_t(1)))
        return arithmetic(a, b, dtype,
                          [](auto x, auto y) { return wrapped(x, y, [](auto l, auto r) { return l - r; }); });
    return sub(a, mul(b, Tensor::number(alpha), dtype), std::int64_t(1), dtype);
}

Tensor mul(const Tensor& a, const Tensor& b, DType dtype)
{
    return arithmetic(a, b, dtype,
                      [](auto x, auto y) { return wrapped(x, y, [](auto l, auto r) { return l * r; }); });
}

Tensor div(const Tensor& a, const Tensor& b, DType dtype)
{
    const Tensor x = operand(a, dtype);
    const Tensor y = operand(b, dtype);
    return visitFloating(dtype, [&](auto stored) {
        using T = decltype(stored);
        return zipped<T, T>(x, y, [](auto l, auto r) { return l / r; });
    });
}

Result<Tensor> div(const Tensor& a, const Tensor& b, Rounding rounding, DType dtype)
{
    if (!isFloating(dtype) && hasZero(operand(b, dtype)))
        return runtimeError("ZeroDivisionError");
    if (rounding == Rounding::Floor)
        return arithmetic(a, b, dtype, [](auto x, auto y) { return flooredQuotient(x, y); });
    return arithmetic(a, b, dtype, [](auto x, auto y) { return truncatedQuotient(x, y); });
}

Tensor pow(const Tensor& a, const Tensor& exponent, DType dtype)
{
    return arithmetic(a, exponent, dtype, [](auto x, auto y) {
        if constexpr (std::is_floating_point_v<decltype(x)>)
            return std::pow(x, y);
        else
            return integerPower(x, y);
    });
}

Tensor maximum(const Tensor& a, const Tensor& b, DType dtype)
{
    return arithmetic(a, b, dtype, [](auto x, auto y) { return isNan(x) || x > y ? x : y; });
}

Tensor minimum(const Tensor& a, const Tensor& b, DType dtype)
{
    return arithmetic(a, b, dtype, [](auto x, auto y) { return isNan(x) || x < y ? x : y; });
}

Tensor neg(const Tensor& x)
{
    return map(x, [](auto value) {
        using T = decltype(value);
        if constexpr (std::is_floating_point_v<T>)
            return -value;
        else
            return T(std::uint64_t(0) - std::uint64_t(value));
    });
}

Tensor abs(const Tensor& x)
{
    return map(x, [](auto value) {
        using T = decltype(value);
        if constexpr (std::is_floating_point_v<T>)
            return std::abs(value);
        else if constexpr (std::is_unsigned_v<T>)
            return value;
        else
            return value < T(0) ? T(std::uint64_t(0) - std::uint64_t(value)) : value;
    });
}

Tensor sign(const Tensor& x)
{
    return map(x, [](auto value) {
        using T = decltype(value);
        return T(int(value > T(0)) - int(value < T(0)));
    });
}

Tensor relu(const Tensor& x)
{
    return map(x, [](auto value) {
        using T = decltype(value);
        return value < T(0) ? T(0) : value;  // NaN stays, and -0.
    });
}

Tensor exp(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::exp(value); });
}

Tensor log(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::log(value); });
}

Tensor sqrt(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::sqrt(value); });
}

Tensor sin(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::sin(value); });
}

Tensor cos(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::cos(value); });
}

Tensor sigmoid(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return 1 / (1 + std::exp(-value)); });
}

Tensor tanh(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::tanh(value); });
}

Tensor compare(const Tensor& a, const Tensor& b, Comparison kind, DType dtype)
{
    switch (kind) {
    case Comparison::Equal: return comparison(a, b, dtype, [](auto x, auto y) { return x == y; });
    case Comparison::NotEqual: return comparison(a, b, dtype, [](auto x, auto y) { return x != y; });
    case Comparison::Less: return comparison(a, b, dtype, [](auto x, auto y) { return x < y; });
    case Comparison::LessEqual: return comparison(a, b, dtype, [](auto x, auto y) { return x <= y; });
    case Comparison::Greater: return comparison(a, b, dtype, [](auto x, auto y) { return x > y; });
    case Comparison::GreaterEqual: break;
    }
    return comparison(a, b, dtype, [](auto x, auto y) { return x >= y; });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b, DType dtype)
{
    const Shape shape = *broadcast(*broadcast(condition.shape(), a.shape()), b.shape());
    const Tensor c = broadcastTo(cast(condition, DType::Bool), shape);
    const Tensor x = broadcastTo(operand(a, dtype), shape);
    const Tensor z = broadcastTo(operand(b, dtype), shape);
    const Tensor operands[] = {condition, a, b};
    const Strides strides = elementwiseStrides(shape, operands);
    Tensor y = Tensor::uninitialized(shape, strides, dtype);
    visit(dtype, [&](auto stored) {
        using T = decltype(stored);
        T* const out = y.writable<T>();
        const bool* const chosen = c.data<bool>();
        const T* const left = x.data<T>();
        const T* const right = z.data<T>();
        forEachRun<4>(shape, {&strides, &c.strides(), &x.strides(), &z.strides()},
                      [&](std::int64_t n, const auto& at, const auto& step) {
            for (std::int64_t i = 0; i < n; ++i)
                out[at[0] + i * step[0]] = chosen[at[1] + i * step[1]] ? left[at[2] + i * step[2]]
                                                                       : right[at[3] + i * step[3]];
        });
    });
    return y;
}

}  // namespace chainrule::kernel
