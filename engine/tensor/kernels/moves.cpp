// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/moves.h"

#include "engine/tensor/kernels/loops.h"

#include <algorithm>

namespace chainrule::kernel {
namespace {

/// Writes the elements of `x` to `to`, where neighbours lie `strides` apart.
template <typename T>
void copyTo(T* to, const Strides& strides, const Tensor& x)
{
    const T* const from = x.data<T>();
    forEachRun<2>(x.shape(), {&strides, &x.strides()}, [&](std::int64_t n, const auto& at, const auto& step) {
        if (step[0] == 1 && step[1] == 1) {
            std::copy_n(from + at[1], n, to + at[0]);
            return;
        }
        for (std::int64_t i = 0; i < n; ++i)
            to[at[0] + i * step[0]] = from[at[1] + i * step[1]];
    });
}

Tensor copied(const Tensor& x, const Strides& strides)
{
    Tensor copy = Tensor::uninitialized(x.shape(), strides, x.dtype());
    visit(x.dtype(), [&](auto stored) { copyTo(copy.writable<decltype(stored)>(), strides, x); });
    return copy;
}

}  // namespace

Tensor contiguous(const Tensor& x)
{
    return x.isContiguous() ? x : copied(x, contiguousStrides(x.shape()));
}

Tensor clone(const Tensor& x)
{
    const Tensor operands[] = {x};
    return x.rank() == 0 ? x.withoutNumber() : copied(x, elementwiseStrides(x.shape(), operands));
}

Tensor concatenated(std::span<const Tensor> parts, std::size_t dim)
{
    Shape shape = parts.front().shape();
    for (const Tensor& part : parts.subspan(1))
        shape[dim] += part.shape()[dim];
    Tensor whole = Tensor::uninitialized(shape, parts.front().dtype());
    visit(whole.dtype(), [&](auto stored) {
        auto* to = whole.writable<decltype(stored)>();
        for (const Tensor& part : parts) {
            copyTo(to, whole.strides(), part);
            to += part.shape()[dim] * whole.strides()[dim];
        }
    });
    return whole;
}

Tensor placedInZeros(const Tensor& part, const Shape& shape, std::size_t dim, std::int64_t start, std::int64_t step)
{
    Tensor whole = Tensor::uninitialized(shape, part.dtype());
    visit(part.dtype(), [&](auto stored) {
        using T = decltype(stored);
        T* const to = whole.writable<T>();
        inPieces(whole.size(), [&](std::int64_t begin, std::int64_t end) { std::fill(to + begin, to + end, T()); });
        if (part.size() == 0)
            return;
        Strides strides = whole.strides();
        T* const first = to + start * strides[dim];
        if (part.shape()[dim] > 1)  // Else the step may be out of all proportion.
            strides[dim] *= step;
        copyTo(first, strides, part);
    });
    return whole;
}

Tensor selected(const Tensor& x, const Tensor& mask)
{
    const Tensor from = contiguous(x), chosen = contiguous(mask);
    const bool* const isChosen = chosen.data<bool>();
    std::int64_t count = 0;
    inPieces(x.size(), [&](std::int64_t begin, std::int64_t end) { count += std::count(isChosen + begin, isChosen + end, true); });
    Tensor parts = Tensor::uninitialized({count}, x.dtype());
    visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        const T* const elements = from.data<T>();
        T* to = parts.writable<T>();
        inPieces(x.size(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                if (isChosen[i])
                    *to++ = elements[i];
        });
    });
    return parts;
}

Tensor replaced(const Tensor& x, const Tensor& mask, const Tensor& source)
{
    const Tensor chosen = contiguous(mask), given = contiguous(source);
    const bool* const isChosen = chosen.data<bool>();
    Tensor whole = copied(x, contiguousStrides(x.shape()));
    visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        const T* from = given.data<T>();
        T* const to = whole.writable<T>();
        inPieces(whole.size(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                if (isChosen[i])
                    to[i] = *from++;
        });
    });
    return whole;
}

}  // namespace chainrule::kernel
