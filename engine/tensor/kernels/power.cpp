// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise_loops.h"

#include <cmath>
#include <limits>

namespace chainrule::kernel {
namespace {

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

}  // namespace

Result<Tensor> div(const Tensor& a, const Tensor& b, Rounding rounding, DType dtype)
{
    if (!isFloating(dtype) && a.size() > 0 && hasZero(operand(b, dtype)))
        return runtimeError("ZeroDivisionError");
    if (isUnrounded(b, dtype))
        return cast(*div(operand(a, dtype), b, rounding, DType::Float32), dtype);
    if (rounding == Rounding::Floor)
        return arithmetic(a, b, dtype, [](auto x, auto y) { return flooredQuotient(x, y); });
    return arithmetic(a, b, dtype, [](auto x, auto y) { return truncatedQuotient(x, y); });
}

Tensor pow(const Tensor& a, const Tensor& exponent, DType dtype)
{
    // Then PyTorch takes roots, whose value at -inf is NaN; but not of float16.
    if (isFloating(dtype) && dtype != DType::Float16 && exponent.isNumber()) {
        const double power = as<double>(exponent.item());
        if (power == 0.5)
            return sqrt(a, dtype);
        if (power == -0.5)
            return floatingMap(a, dtype, [](auto value) { return 1 / std::sqrt(value); });
    }
    return arithmetic(a, exponent, dtype, [](auto x, auto y) {
        if constexpr (std::is_floating_point_v<decltype(x)>)
            return std::pow(x, y);
        else
            return integerPower(x, y);
    });
}

}  // namespace chainrule::kernel
