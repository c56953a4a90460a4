// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/softmax.h"

#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/loops.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace chainrule::kernel {
namespace {

/// `x` brought down by its largest element: exp of it cannot overflow. A NaN stays where it is.
template <typename T>
void shift(const T* x, std::int64_t n, T* y)
{
    T largest = x[0];
    for (std::int64_t i = 1; i < n; ++i)
        largest = x[i] > largest ? x[i] : largest;
    for (std::int64_t i = 0; i < n; ++i)
        y[i] = x[i] - largest;
}

/// Likewise for `inner` slices side by side, row by row, in memory's order.
template <typename T>
void shiftColumns(const T* x, std::int64_t n, std::int64_t inner, T* y)
{
    std::vector<T> largest(x, x + inner);
    for (std::int64_t i = 1; i < n; ++i)
        for (std::int64_t j = 0; j < inner; ++j)
            largest[j] = x[i * inner + j] > largest[j] ? x[i * inner + j] : largest[j];
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < inner; ++j)
            y[i * inner + j] = x[i * inner + j] - largest[j];
}

/// What the slices of a shifted y come to, in place: y = exp(y) / Σ exp(y).
struct Quotient {
    template <typename T>
    void operator()(T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums) const
    {
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < inner; ++j) {
                T& element = y[i * inner + j];
                element = std::exp(element);
                sums[j] += double(element);
            }
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < inner; ++j)
                y[i * inner + j] /= T(sums[j]);
    }
};

/// y = y - log Σ exp(y).
struct Logarithm {
    template <typename T>
    void operator()(T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums) const
    {
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < inner; ++j)
                sums[j] += double(std::exp(y[i * inner + j]));
        for (double& sum : sums)
            sum = std::log(sum);
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < inner; ++j)
                y[i * inner + j] -= T(sums[j]);
    }
};

template <typename Finish>
Tensor normalized(const Tensor& input, std::size_t dim, DType dtype, Finish finish)
{
    if (itemSize(dtype) == 2)  // Halves are rounded once, at the end.
        return cast(normalized(cast(cast(input, dtype), DType::Float32), dim, DType::Float32, finish), dtype);
    const Tensor x = rowMajor(cast(input, dtype));
    Tensor y = Tensor::uninitialized(x.shape(), dtype);
    if (x.size() == 0)
        return y;
    std::int64_t outer = 1, inner = 1;
    const std::int64_t n = x.rank() == 0 ? 1 : x.shape()[dim];
    for (std::size_t d = 0; d < x.rank(); ++d)
        if (d != dim)
            (d < dim ? outer : inner) *= x.shape()[d];
    std::vector<double> sums;
    visitFloating(dtype, [&](auto stored) {
        using T = Compute<decltype(stored)>;
        for (std::int64_t o = 0; o < outer; ++o) {
            const T* const from = x.data<T>() + o * n * inner;
            T* const to = y.writable<T>() + o * n * inner;
            if (inner == 1)
                shift(from, n, to);
            else
                shiftColumns(from, n, inner, to);
            sums.assign(std::size_t(inner), 0.0);
            finish(to, n, inner, sums);
        }
    });
    return y;
}

}  // namespace

Tensor softmax(const Tensor& x, std::size_t dim, DType dtype)
{
    return normalized(x, dim, dtype, Quotient());
}

Tensor logSoftmax(const Tensor& x, std::size_t dim, DType dtype)
{
    return normalized(x, dim, dtype, Logarithm());
}

}  // namespace chainrule::kernel
