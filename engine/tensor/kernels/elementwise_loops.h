// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/loops.h"

namespace chainrule::kernel {

// What the elementwise kernels share. The halves compute as float32 and are rounded once, at the end; so no
// kernel is compiled for them.

inline bool isHalfDType(DType dtype)
{
    return dtype == DType::Float16 || dtype == DType::BFloat16;
}

/// The operand as the kernel wants it: no Python number, and of that dtype.
inline Tensor operand(const Tensor& x, DType dtype)
{
    return x.isUnsigned() ? Tensor::scalar(x.item(), dtype) : cast(x.withoutNumber(), dtype);
}

/// Calls `f` with a value of the type that `dtype` computes in; no half.
template <typename F>
decltype(auto) visitComputed(DType dtype, F&& f)
{
    switch (dtype) {
    case DType::Bool: return f(bool());
    case DType::UInt8: return f(std::uint8_t());
    case DType::Int8: return f(std::int8_t());
    case DType::Int16: return f(std::int16_t());
    case DType::Int32: return f(std::int32_t());
    case DType::Int64: return f(std::int64_t());
    case DType::Float64: return f(double());
    default: break;
    }
    return f(float());
}

/// y = f(x), computed in x's dtype.
template <typename F>
Tensor map(const Tensor& x, F f)
{
    if (isHalfDType(x.dtype()))
        return cast(map(cast(x, DType::Float32), f), x.dtype());
    return visitComputed(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        return mapped<T, T>(x, f);
    });
}

/// y = f(x), computed in `dtype`, which is floating.
template <typename F>
Tensor floatingMap(const Tensor& x, DType dtype, F f)
{
    const Tensor from = operand(x, dtype);
    if (isHalfDType(dtype))
        return cast(floatingMap(from, DType::Float32, f), dtype);
    return dtype == DType::Float64 ? mapped<double, double>(from, f) : mapped<float, float>(from, f);
}

/// y = f(a, b), computed in `dtype`.
template <typename F>
Tensor arithmetic(const Tensor& a, const Tensor& b, DType dtype, F f)
{
    if (a.isInlineScalar() && b.isInlineScalar() && a.dtype() == dtype && b.dtype() == dtype) {
        if (dtype == DType::Float32)
            return Tensor::element(float(f(a.inlineElement<float>(), b.inlineElement<float>())));
        if (dtype == DType::Float64)
            return Tensor::element(double(f(a.inlineElement<double>(), b.inlineElement<double>())));
    }
    const Tensor x = operand(a, dtype);
    const Tensor y = operand(b, dtype);
    if (isHalfDType(dtype))
        return cast(arithmetic(x, y, DType::Float32, f), dtype);
    return visitComputed(dtype, [&](auto stored) {
        using T = decltype(stored);
        return zipped<T, T>(x, y, f);
    });
}

/// A single second factor or divisor of halves is not rounded to them: PyTorch computes with it as float32.
inline bool isUnrounded(const Tensor& second, DType dtype)
{
    return isHalfDType(dtype) && second.rank() == 0;
}

/// Integer arithmetic that wraps: done without sign, where overflow is defined.
template <typename T, typename F>
T wrapped(T a, T b, F f)
{
    if constexpr (std::is_floating_point_v<T>)
        return f(a, b);
    else
        return T(f(std::uint64_t(a), std::uint64_t(b)));
}

}  // namespace chainrule::kernel
