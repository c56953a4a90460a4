// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/softmax.h"

#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/loops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace chainrule::kernel {
namespace {

constexpr std::int64_t laneCount = 8;  // Chains that do not wait for each other.

template <typename T>
T largestOf(const T* x, std::int64_t n)
{
    std::array<T, laneCount> lanes;
    lanes.fill(x[0]);
    std::int64_t i = 0;
    for (; i + laneCount <= n; i += laneCount)
        for (std::int64_t lane = 0; lane < laneCount; ++lane)
            lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
    for (; i < n; ++i)
        lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
    return *std::ranges::max_element(lanes);
}

/// `x` brought down by the largest of each of `inner` slices side by side: exp of it cannot overflow. A NaN
/// stays where it is.
template <typename T>
void shift(const T* x, std::int64_t n, std::int64_t inner, T* y)
{
    if (inner == 1) {
        const T largest = largestOf(x, n);
        for (std::int64_t i = 0; i < n; ++i)
            y[i] = x[i] - largest;
        return;
    }
    std::vector<T> largest(x, x + inner);
    for (std::int64_t i = 1; i < n; ++i)
        for (std::int64_t j = 0; j < inner; ++j)
            largest[j] = x[i * inner + j] > largest[j] ? x[i * inner + j] : largest[j];
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < inner; ++j)
            y[i * inner + j] = x[i * inner + j] - largest[j];
}

/// The sums of f(y) over each slice.
template <typename T, typename F>
void addUp(const T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums, F f)
{
    sums.assign(std::size_t(inner), 0.0);
    if (inner > 1) {
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t j = 0; j < inner; ++j)
                sums[j] += double(f(y[i * inner + j]));
        return;
    }
    std::array<double, laneCount> lanes{};
    std::int64_t i = 0;
    for (; i + laneCount <= n; i += laneCount)
        for (std::int64_t lane = 0; lane < laneCount; ++lane)
            lanes[lane] += double(f(y[i + lane]));
    for (; i < n; ++i)
        lanes[0] += double(f(y[i]));
    sums[0] = std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

/// What the slices of a shifted y come to, in place: y = exp(y) / Σ exp(y).
struct Quotient {
    template <typename T>
    void operator()(T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums) const
    {
        for (std::int64_t i = 0; i < n * inner; ++i)
            y[i] = std::exp(y[i]);
        addUp(y, n, inner, sums, std::identity());
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
        addUp(y, n, inner, sums, [](T element) { return std::exp(element); });
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
            shift(from, n, inner, to);
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
