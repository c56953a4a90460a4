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

/// Calls `f(at, j)` for element `at` of slice j, row by row.
template <typename F>
void forEachElement(std::int64_t n, std::int64_t inner, F f)
{
    inPieces(n, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < inner; ++j)
                f(i * inner + j, j);
    }, inner);
}

/// `x` brought down by the largest of each of `inner` slices side by side: exp of it cannot overflow. A NaN
/// stays where it is.
template <typename T>
void shift(const T* x, std::int64_t n, std::int64_t inner, T* y)
{
    if (inner == 1) {
        T largest = x[0];
        inPieces(n, [&](std::int64_t begin, std::int64_t end) {
            const T own = largestOf(x + begin, end - begin);
            largest = own > largest ? own : largest;
        });
        inPieces(n, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                y[i] = x[i] - largest;
        });
        return;
    }
    std::vector<T> largest(x, x + inner);
    forEachElement(n, inner, [&](std::int64_t at, std::int64_t j) {
        largest[j] = x[at] > largest[j] ? x[at] : largest[j];
    });
    forEachElement(n, inner, [&](std::int64_t at, std::int64_t j) { y[at] = x[at] - largest[j]; });
}

template <typename T, typename F>
double sumOf(const T* y, std::int64_t n, F f)
{
    std::array<double, laneCount> lanes{};
    std::int64_t i = 0;
    for (; i + laneCount <= n; i += laneCount)
        for (std::int64_t lane = 0; lane < laneCount; ++lane)
            lanes[lane] += double(f(y[i + lane]));
    for (; i < n; ++i)
        lanes[0] += double(f(y[i]));
    return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

/// The sums of f(y) over each slice.
template <typename T, typename F>
void addUp(const T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums, F f)
{
    sums.assign(std::size_t(inner), 0.0);
    if (inner > 1) {
        forEachElement(n, inner, [&](std::int64_t at, std::int64_t j) { sums[j] += double(f(y[at])); });
        return;
    }
    inPieces(n, [&](std::int64_t begin, std::int64_t end) { sums[0] += sumOf(y + begin, end - begin, f); });
}

/// What the slices of a shifted y come to, in place: y = exp(y) / Σ exp(y).
struct Quotient {
    template <typename T>
    void operator()(T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums) const
    {
        inPieces(n * inner, [y](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                y[i] = std::exp(y[i]);
        });
        addUp(y, n, inner, sums, std::identity());
        forEachElement(n, inner, [&](std::int64_t at, std::int64_t j) { y[at] /= T(sums[j]); });
    }
};

/// y = y - log Σ exp(y). Along contiguous elements PyTorch keeps the logarithm in the dtype of the result, `dtype`.
struct Logarithm {
    DType dtype;

    template <typename T>
    void operator()(T* y, std::int64_t n, std::int64_t inner, std::vector<double>& sums) const
    {
        addUp(y, n, inner, sums, [](T element) { return std::exp(element); });
        for (double& sum : sums)
            sum = std::log(sum);
        if (inner == 1)
            visitFloating(dtype, [&](auto stored) {
                using Stored = decltype(stored);
                sums[0] = double(Compute<Stored>(Stored(Compute<Stored>(sums[0]))));
            });
        forEachElement(n, inner, [&](std::int64_t at, std::int64_t j) { y[at] -= T(sums[j]); });
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
        Pace pace;
        for (std::int64_t o = 0; o < outer; ++o) {
            pace.take(n * inner);
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
    return normalized(x, dim, dtype, Logarithm{dtype});
}

}  // namespace chainrule::kernel
