// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise_loops.h"

#include <cmath>

namespace chainrule::kernel {
namespace {

template <typename T>
bool isNan(T value)
{
    if constexpr (std::is_floating_point_v<T>)
        return std::isnan(value);
    return false;
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype)
{
    if (alpha == Scalar(std::int64_t(1)) || alpha == Scalar(true))
        return arithmetic(a, b, dtype, [](auto x, auto y) {
            if constexpr (std::is_same_v<decltype(x), bool>)
                return x || y;
            else
                return wrapped(x, y, [](auto l, auto r) { return l + r; });
        });
    return add(a, mul(b, operand(Tensor::number(alpha), dtype), dtype), std::int64_t(1), dtype);
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype)
{
    if (alpha == Scalar(std::int64_t(1)))
        return arithmetic(a, b, dtype,
                          [](auto x, auto y) { return wrapped(x, y, [](auto l, auto r) { return l - r; }); });
    return sub(a, mul(b, operand(Tensor::number(alpha), dtype), dtype), std::int64_t(1), dtype);
}

Tensor mul(const Tensor& a, const Tensor& b, DType dtype)
{
    if (isUnrounded(b, dtype))
        return cast(mul(operand(a, dtype), b, DType::Float32), dtype);
    if (a.isNumber() && isUnrounded(a, dtype))  // In PyTorch a number is the second whatever Python writes.
        return mul(b, a, dtype);
    return arithmetic(a, b, dtype,
                      [](auto x, auto y) { return wrapped(x, y, [](auto l, auto r) { return l * r; }); });
}

Tensor div(const Tensor& a, const Tensor& b, DType dtype)
{
    if (a.isNumber() && !b.isNumber())  // PyTorch makes b.reciprocal() * a of it, which rounds twice.
        return mul(div(Tensor::scalar(1.0, dtype), b, dtype), a, dtype);
    const Tensor x = operand(a, dtype);
    if (isHalfDType(dtype))
        return cast(div(x, isUnrounded(b, dtype) ? b : operand(b, dtype), DType::Float32), dtype);
    const Tensor y = operand(b, dtype);
    const auto quotient = [](auto l, auto r) { return l / r; };
    return dtype == DType::Float64 ? zipped<double, double>(x, y, quotient) : zipped<float, float>(x, y, quotient);
}

// Here and below: of zeros that differ in sign the first, as PyTorch gives without vectors; where it takes them (from 8 or
// 16 elements on), the second.
Tensor maximum(const Tensor& a, const Tensor& b, DType dtype)
{
    return arithmetic(a, b, dtype, [](auto x, auto y) { return isNan(x) || x >= y ? x : y; });
}

Tensor minimum(const Tensor& a, const Tensor& b, DType dtype)
{
    return arithmetic(a, b, dtype, [](auto x, auto y) { return isNan(x) || x <= y ? x : y; });
}

Tensor atLeast(const Tensor& x, const Tensor& bound, DType dtype)
{
    return arithmetic(x, bound, dtype, [](auto value, auto limit) {
        return isNan(limit) || value < limit ? limit : value;
    });
}

Tensor atMost(const Tensor& x, const Tensor& bound, DType dtype)
{
    return arithmetic(x, bound, dtype, [](auto value, auto limit) {
        return isNan(limit) || value > limit ? limit : value;
    });
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

}  // namespace chainrule::kernel
