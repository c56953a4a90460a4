// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/loops.h"

#include <algorithm>

namespace chainrule::kernel {
namespace {

/// Strides of `x` as seen in `shape`, 0 where it is repeated.
Strides broadcastStrides(const Tensor& x, const Shape& shape)
{
    Strides strides(shape.size(), 0);
    const std::size_t missing = shape.size() - x.rank();
    for (std::size_t i = 0; i < x.rank(); ++i)
        if (x.shape()[i] == shape[i + missing])
            strides[i + missing] = x.strides()[i];
    return strides;
}

/// Whether dimension a lies outside dimension b, by the first operand that can tell: > 0 yes, < 0 no.
int compareDims(std::size_t a, std::size_t b, const Shape& shape, std::span<const Strides> strides)
{
    for (const Strides& operand : strides) {
        if (operand[a] == 0 || operand[b] == 0)
            continue;
        if (operand[a] != operand[b])
            return operand[a] > operand[b] ? 1 : -1;
        if (shape[a] > shape[b])
            return 1;
    }
    return 0;
}

using Steps = std::array<std::int64_t, mostOperands>;

/// What is left of dimensions when those that lie behind each other for all operands are one, outermost first.
struct MergedDims {
    InlineVector<std::int64_t, maxRank + 2> sizes;
    InlineVector<Steps, maxRank + 2> steps;
};

/// Precondition: no size is 0.
MergedDims merged(const Shape& shape, std::span<const Strides* const> strides)
{
    InlineVector<std::size_t, maxRank + 2> order;
    for (std::size_t d = 0; d < shape.size(); ++d)
        order.push_back(d);
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return (*strides[0])[a] > (*strides[0])[b]; });

    MergedDims dims;
    for (const std::size_t d : order) {
        if (shape[d] == 1)
            continue;
        Steps step{};
        bool merges = !dims.sizes.empty();
        for (std::size_t k = 0; k < strides.size(); ++k) {
            step[k] = (*strides[k])[d];
            merges = merges && dims.steps.back()[k] == step[k] * shape[d];
        }
        if (merges) {
            dims.sizes.back() *= shape[d];
            dims.steps.back() = step;
        } else {
            dims.sizes.push_back(shape[d]);
            dims.steps.push_back(step);
        }
    }
    return dims;
}

/// One run, in pieces of as many elements as a Pace's stride has room for.
void runInPieces(const Run& run, std::int64_t n, Steps at, const Steps& step, std::int64_t work, Pace& pace)
{
    const std::int64_t longest = std::max<std::int64_t>(Pace::stride / work, 1);
    for (std::int64_t done = 0; done < n; done += longest) {
        const std::int64_t piece = std::min(longest, n - done);
        run(piece, at.data(), step.data());
        for (std::size_t k = 0; k < at.size(); ++k)
            at[k] += piece * step[k];
        pace.take(piece * work);
    }
}

}  // namespace

Tensor broadcastTo(const Tensor& x, const Shape& shape)
{
    if (x.shape() == shape)
        return x;
    return x.restrided(shape, broadcastStrides(x, shape));
}

Tensor rowMajor(const Tensor& x)
{
    if (x.isContiguous())
        return x;
    Tensor copy = Tensor::uninitialized(x.shape(), x.dtype());
    visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        T* const to = copy.writable<T>();
        const T* const from = x.data<T>();
        forEachRun<2>(x.shape(), {&copy.strides(), &x.strides()},
                      [&](std::int64_t n, const auto& at, const auto& step) {
            for (std::int64_t i = 0; i < n; ++i)
                to[at[0] + i * step[0]] = from[at[1] + i * step[1]];
        });
    });
    return copy;
}

Strides elementwiseStrides(const Shape& shape, std::span<const Tensor> operands)
{
    const bool areAllContiguous = std::ranges::all_of(operands, [&](const Tensor& operand) {
        return operand.rank() == 0 || (operand.isContiguous() && operand.shape() == shape);
    });
    if (areAllContiguous || shape.size() < 2 || elementCount(shape) == 0)
        return contiguousStrides(shape);

    InlineVector<Strides, 3> strides;
    for (const Tensor& operand : operands)
        strides.push_back(broadcastStrides(operand, shape));
    InlineVector<std::size_t, 16> fastestFirst;
    for (std::size_t d = shape.size(); d-- > 0;)
        fastestFirst.push_back(d);
    for (std::size_t i = 1; i < fastestFirst.size(); ++i) {  // An insertion sort: undecided pairs are skipped.
        std::size_t current = i;
        for (std::size_t other = i; other-- > 0;) {
            const int order = compareDims(fastestFirst[other], fastestFirst[current], shape,
                                          std::span(strides.data(), strides.size()));
            if (order > 0) {
                std::swap(fastestFirst[other], fastestFirst[current]);
                current = other;
            } else if (order < 0) {
                break;
            }
        }
    }

    Strides result(shape.size());
    std::int64_t step = 1;
    for (const std::size_t d : fastestFirst) {
        result[d] = step;
        step *= shape[d];
    }
    return result;
}

void forEachRun(const Shape& shape, std::span<const Strides* const> strides, const Run& run, std::int64_t work)
{
    if (std::ranges::find(shape, 0) != shape.end())
        return;
    const auto [sizes, steps] = merged(shape, strides);
    const std::size_t operands = strides.size();
    Steps at{};
    if (sizes.empty()) {
        run(1, at.data(), at.data());
        return;
    }
    const std::size_t inner = sizes.size() - 1;
    const std::int64_t length = sizes[inner];
    InlineVector<std::int64_t, maxRank + 2> index(sizes.size(), 0);
    // The pace is told of short runs by the dozen: where the index next to them comes to a limit.
    InlineVector<std::int64_t, maxRank + 2> limits = sizes;
    const std::int64_t atOnce = std::max<std::int64_t>(Pace::stride / std::max<std::int64_t>(length * work, 1), 1);
    if (inner > 0)
        limits[inner - 1] = std::min(atOnce, sizes[inner - 1]);
    Pace pace;
    while (true) {
        if (length * work > Pace::stride)
            runInPieces(run, length, at, steps[inner], work, pace);
        else
            run(length, at.data(), steps[inner].data());
        std::size_t d = inner;
        while (true) {
            if (d == 0)
                return;
            --d;
            for (std::size_t k = 0; k < operands; ++k)
                at[k] += steps[d][k];
            if (++index[d] < limits[d])
                break;
            if (d + 1 == inner)
                pace.take(std::min(atOnce, index[d]) * length * work);
            if (index[d] < sizes[d]) {
                limits[d] = std::min(limits[d] + atOnce, sizes[d]);
                break;
            }
            for (std::size_t k = 0; k < operands; ++k)
                at[k] -= steps[d][k] * sizes[d];
            index[d] = 0;
            if (d + 1 == inner)
                limits[d] = std::min(atOnce, sizes[d]);
        }
    }
}

}  // namespace chainrule::kernel
