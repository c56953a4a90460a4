// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise_loops.h"

namespace chainrule::kernel {
namespace {

template <typename F>
Tensor comparison(const Tensor& a, const Tensor& b, DType dtype, F f)
{
    if (isHalfDType(dtype))
        return comparison(operand(a, dtype), operand(b, dtype), DType::Float32, f);
    const Tensor x = operand(a, dtype);
    const Tensor y = operand(b, dtype);
    return visitComputed(dtype, [&](auto stored) { return zipped<bool, decltype(stored)>(x, y, f); });
}

/// Chooses elements of as many bytes as T has, whatever they are.
template <typename T>
void choose(Tensor& y, const Strides& strides, const Tensor& condition, const Tensor& a, const Tensor& b)
{
    using Word [[gnu::may_alias]] = T;
    Word* const out = reinterpret_cast<Word*>(const_cast<std::byte*>(y.bytes()));
    const bool* const chosen = condition.data<bool>();
    const Word* const left = reinterpret_cast<const Word*>(a.bytes());
    const Word* const right = reinterpret_cast<const Word*>(b.bytes());
    forEachRun<4>(y.shape(), {&strides, &condition.strides(), &a.strides(), &b.strides()},
                  [=](std::int64_t n, const std::int64_t* at, const std::int64_t* step) {
        for (std::int64_t i = 0; i < n; ++i)
            out[at[0] + i * step[0]] = chosen[at[1] + i * step[1]] ? left[at[2] + i * step[2]]
                                                                   : right[at[3] + i * step[3]];
    });
}

}  // namespace

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
    switch (itemSize(dtype)) {
    case 1: choose<std::uint8_t>(y, strides, c, x, z); break;
    case 2: choose<std::uint16_t>(y, strides, c, x, z); break;
    case 4: choose<std::uint32_t>(y, strides, c, x, z); break;
    default: choose<std::uint64_t>(y, strides, c, x, z); break;
    }
    return y;
}

}  // namespace chainrule::kernel
