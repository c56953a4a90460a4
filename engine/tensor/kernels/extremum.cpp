// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/extremum.h"

#include "engine/tensor/kernels/loops.h"

#include <algorithm>
#include <array>

namespace chainrule::kernel {
namespace {

template <Extremum which, typename T>
bool isBeyond(T candidate, T best)
{
    return which == Extremum::Max ? candidate > best : candidate < best;
}

template <typename T>
bool isNan(T value)
{
    return value != value;
}

template <Extremum which, typename T>
T winner(T best, T candidate)
{
    const bool wins = isBeyond<which>(candidate, best) | isNan(candidate);  // Without a branch, for vectors.
    return wins ? candidate : best;
}

/// Of n > 0 elements. Lanes that do not depend on each other let the compiler use vectors.
template <Extremum which, typename T>
Compute<T> ofRun(const T* x, std::int64_t n, std::int64_t step)
{
    constexpr std::int64_t laneCount = 16;
    using C = Compute<T>;
    std::array<C, laneCount> lanes;
    lanes.fill(C(x[0]));
    std::int64_t i = 0;
    if (step == 1)
        for (; i + laneCount <= n; i += laneCount)
            for (std::int64_t lane = 0; lane < laneCount; ++lane)
                lanes[lane] = winner<which>(lanes[lane], C(x[i + lane]));
    for (; i < n; ++i)
        lanes[0] = winner<which>(lanes[0], C(x[i * step]));
    for (std::int64_t lane = 1; lane < laneCount; ++lane)
        lanes[0] = winner<which>(lanes[0], lanes[lane]);
    return lanes[0];
}

template <typename T>
std::int64_t firstIndexOf(Compute<T> value, const T* x, std::int64_t n)
{
    for (std::int64_t begin = 0;; begin += Pace::stride) {
        const T* const from = x + begin;
        const T* const to = x + std::min(begin + Pace::stride, n);
        const T* const at = isNan(value) ? std::find_if(from, to, [](T e) { return isNan(Compute<T>(e)); })
                                         : std::find_if(from, to, [&](T e) { return Compute<T>(e) == value; });
        if (at < to || to == x + n)
            return at - x;
        lookWhetherToStop();
    }
}

/// Of n > 0 elements that lie next to each other.
template <Extremum which, typename T>
std::int64_t firstIndexOf(const T* x, std::int64_t n)
{
    Compute<T> best = ofRun<which>(x, std::min(n, Pace::stride), 1);
    for (std::int64_t begin = Pace::stride; begin < n; begin += Pace::stride) {
        lookWhetherToStop();
        best = winner<which>(best, ofRun<which>(x + begin, std::min(n - begin, Pace::stride), 1));
    }
    return firstIndexOf(best, x, n);
}

/// Along the middle one of three dims, row by row.
template <Extremum which, typename T>
void alongRows(const T* x, std::int64_t n, std::int64_t inner, T* values, std::int64_t* indices)
{
    std::copy_n(x, inner, values);
    std::fill_n(indices, inner, 0);
    const auto compareRow = [=](std::int64_t i) {
        const T* const row = x + i * inner;
        for (std::int64_t j = 0; j < inner; ++j) {
            const Compute<T> best = values[j];
            const Compute<T> candidate = row[j];
            const bool wins = isBeyond<which>(candidate, best) || (isNan(candidate) && !isNan(best));
            values[j] = wins ? row[j] : values[j];
            indices[j] = wins ? i : indices[j];
        }
    };
    inPieces(n, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = std::max<std::int64_t>(begin, 1); i < end; ++i)
            compareRow(i);
    }, inner);
}

template <Extremum which, typename T>
void alongDim(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* values, std::int64_t* indices)
{
    Pace pace;
    for (std::int64_t o = 0; o < outer; ++o, x += n * inner, values += inner, indices += inner) {
        pace.take(n * inner);
        if (inner == 1) {
            *indices = firstIndexOf<which>(x, n);
            *values = x[*indices];
        } else {
            alongRows<which>(x, n, inner, values, indices);
        }
    }
}

/// `f` with Max or Min as a constant.
template <typename F>
decltype(auto) visitWhich(Extremum which, F&& f)
{
    if (which == Extremum::Max)
        return f(std::integral_constant<Extremum, Extremum::Max>());
    return f(std::integral_constant<Extremum, Extremum::Min>());
}

struct Split {
    std::int64_t outer = 1, n = 1, inner = 1;
};

/// The sizes before, at and behind `dim`.
Split split(const Shape& shape, std::size_t dim)
{
    Split sizes;
    for (std::size_t d = 0; d < shape.size(); ++d)
        (d < dim ? sizes.outer : d == dim ? sizes.n : sizes.inner) *= shape[d];
    return sizes;
}

}  // namespace

Tensor extremum(const Tensor& x, Extremum which)
{
    Tensor y = Tensor::uninitialized({}, x.dtype());
    visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        visitWhich(which, [&](auto constant) {
            const T* const from = x.data<T>();
            Compute<T> best = *from;
            forEachRun<1>(x.shape(), {&x.strides()}, [&](std::int64_t n, const auto& at, const auto& step) {
                best = winner<constant()>(best, ofRun<constant()>(from + at[0], n, step[0]));
            });
            *y.writable<T>() = T(best);
        });
    });
    return y;
}

Tensor extremumIndex(const Tensor& x, Extremum which)
{
    const Tensor from = rowMajor(x);
    return visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        const T value = *extremum(x, which).data<T>();
        return Tensor::scalar(firstIndexOf(Compute<T>(value), from.data<T>(), x.size()), DType::Int64);
    });
}

Extrema extrema(const Tensor& x, Extremum which, std::size_t dim, bool keepdim)
{
    InlineVector<bool, 16> reduced(x.rank(), false);
    if (x.rank() > 0)
        reduced[dim] = true;
    const Shape shape = reducedShape(x.shape(), reduced, keepdim);
    Extrema found{Tensor::uninitialized(shape, x.dtype()), Tensor::uninitialized(shape, DType::Int64)};
    if (found.values.size() == 0)
        return found;
    const Tensor from = rowMajor(x);
    const auto [outer, n, inner] = split(x.shape(), dim);
    visit(x.dtype(), [&, outer = outer, n = n, inner = inner](auto stored) {
        using T = decltype(stored);
        visitWhich(which, [&](auto constant) {
            alongDim<constant()>(from.data<T>(), outer, n, inner, found.values.writable<T>(),
                                 found.indices.writable<std::int64_t>());
        });
    });
    return found;
}

Tensor tiedWith(const Tensor& x, const Tensor& value)
{
    return visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        const Compute<T> extreme = *value.data<T>();
        return mapped<bool, T>(x, [extreme](Compute<T> element) {
            return element == extreme || (isNan(element) && isNan(extreme));
        });
    });
}

Tensor takenAt(const Tensor& indices, const Shape& shape, std::size_t dim)
{
    assert(indices.isContiguous());
    Tensor mask = Tensor::uninitialized(shape, DType::Bool);
    bool* const to = mask.writable<bool>();
    inPieces(mask.size(), [&](std::int64_t begin, std::int64_t end) { std::fill(to + begin, to + end, false); });
    const auto [outer, n, inner] = split(shape, dim);
    const std::int64_t* index = indices.data<std::int64_t>();
    Pace pace;
    for (std::int64_t o = 0; o < outer; ++o, pace.take(inner))
        for (std::int64_t j = 0; j < inner; ++j)
            to[(o * n + *index++) * inner + j] = true;
    return mask;
}

}  // namespace chainrule::kernel
