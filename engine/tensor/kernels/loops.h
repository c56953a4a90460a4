// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace chainrule::kernel {

/// `x` broadcast to `shape`: a view with stride 0 where it repeats. Precondition: it broadcasts.
Tensor broadcastTo(const Tensor& x, const Shape& shape);

/// `x` itself if it is contiguous, else a copy that is.
Tensor rowMajor(const Tensor& x);

/// The strides that PyTorch gives the result of an elementwise operation: those of its operands where they
/// agree, so that a transposed input gives a transposed result.
Strides elementwiseStrides(const Shape& shape, std::span<const Tensor> operands);

/// Calls `inner(count, offsets, steps)` for runs of elements such that all of a tensor of `shape` are
/// visited once; offsets and steps in elements, one for each of the strides. Dimensions that lie behind
/// each other for all are merged, so that contiguous operands make one run.
template <std::size_t N, typename Inner>
void forEachRun(const Shape& shape, const std::array<const Strides*, N>& strides, Inner&& inner)
{
    const std::size_t rank = shape.size();
    std::array<std::size_t, maxRank + 2> order;
    std::iota(order.begin(), order.begin() + rank, 0);
    for (std::size_t i = 1; i < rank; ++i)  // By insertion: std::stable_sort would ask for memory each time.
        for (std::size_t j = i; j > 0 && (*strides[0])[order[j]] > (*strides[0])[order[j - 1]]; --j)
            std::swap(order[j], order[j - 1]);

    // Merged dimensions, outermost first.
    std::array<std::int64_t, maxRank + 2> sizes;
    std::array<std::array<std::int64_t, N>, maxRank + 2> steps;
    std::size_t count = 0;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::size_t d = order[i];
        if (shape[d] == 0)
            return;
        if (shape[d] == 1)
            continue;
        bool merges = count > 0;
        for (std::size_t k = 0; merges && k < N; ++k)
            merges = steps[count - 1][k] == (*strides[k])[d] * shape[d];
        if (!merges) {
            sizes[count] = shape[d];
            ++count;
        } else {
            sizes[count - 1] *= shape[d];
        }
        for (std::size_t k = 0; k < N; ++k)
            steps[count - 1][k] = (*strides[k])[d];
    }

    std::array<std::int64_t, N> offsets{};
    if (count == 0) {
        inner(std::int64_t(1), offsets, offsets);
        return;
    }
    const std::size_t outer = count - 1;
    std::array<std::int64_t, maxRank + 2> index{};
    while (true) {
        inner(sizes[outer], offsets, steps[outer]);
        std::size_t d = outer;
        while (true) {
            if (d == 0)
                return;
            --d;
            for (std::size_t k = 0; k < N; ++k)
                offsets[k] += steps[d][k];
            if (++index[d] < sizes[d])
                break;
            for (std::size_t k = 0; k < N; ++k)
                offsets[k] -= steps[d][k] * sizes[d];
            index[d] = 0;
        }
    }
}

/// y = f(x) element by element, in the arithmetic of the stored types (float for the halves).
template <typename Out, typename In, typename F>
Tensor mapped(const Tensor& x, F f)
{
    const Tensor operands[] = {x};
    const Strides strides = elementwiseStrides(x.shape(), operands);
    Tensor y = Tensor::uninitialized(x.shape(), strides, dtypeOf<Out>());
    Out* const out = y.writable<Out>();
    const In* const in = x.data<In>();
    forEachRun<2>(x.shape(), {&strides, &x.strides()}, [&](std::int64_t n, const auto& at, const auto& step) {
        Out* const to = out + at[0];
        const In* const from = in + at[1];
        if (step[0] == 1 && step[1] == 1)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(from[i])));
        else
            for (std::int64_t i = 0; i < n; ++i)
                to[i * step[0]] = Out(f(Compute<In>(from[i * step[1]])));
    });
    return y;
}

/// y = f(a, b) over the broadcast of both, which have the same dtype.
template <typename Out, typename In, typename F>
Tensor zipped(const Tensor& a, const Tensor& b, F f)
{
    if (a.rank() == 0 && b.rank() == 0) {
        Tensor y = Tensor::uninitialized({}, dtypeOf<Out>());
        *y.writable<Out>() = Out(f(Compute<In>(*a.data<In>()), Compute<In>(*b.data<In>())));
        return y;
    }
    const Shape shape = *broadcast(a.shape(), b.shape());
    const Tensor operands[] = {a, b};
    const Strides strides = elementwiseStrides(shape, operands);
    const Tensor x = broadcastTo(a, shape);
    const Tensor z = broadcastTo(b, shape);
    Tensor y = Tensor::uninitialized(shape, strides, dtypeOf<Out>());
    Out* const out = y.writable<Out>();
    const In* const left = x.data<In>();
    const In* const right = z.data<In>();
    forEachRun<3>(shape, {&strides, &x.strides(), &z.strides()},
                  [&](std::int64_t n, const auto& at, const auto& step) {
        Out* const to = out + at[0];
        const In* const l = left + at[1];
        const In* const r = right + at[2];
        if (step[0] == 1 && step[1] == 1 && step[2] == 1)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(l[i]), Compute<In>(r[i])));
        else if (step[0] == 1 && step[1] == 1 && step[2] == 0)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(l[i]), Compute<In>(*r)));
        else if (step[0] == 1 && step[1] == 0 && step[2] == 1)
            for (std::int64_t i = 0; i < n; ++i)
                to[i] = Out(f(Compute<In>(*l), Compute<In>(r[i])));
        else
            for (std::int64_t i = 0; i < n; ++i)
                to[i * step[0]] = Out(f(Compute<In>(l[i * step[1]]), Compute<In>(r[i * step[2]])));
    });
    return y;
}

}  // namespace chainrule::kernel
