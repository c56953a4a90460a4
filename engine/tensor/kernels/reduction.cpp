// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/reduction.h"

#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/loops.h"

#include <algorithm>
#include <array>
#include <vector>

namespace chainrule::kernel {
namespace {

/// What elements of type T are added up in. Without sign, overflow of integers is defined.
template <typename T>
using Sum = std::conditional_t<std::is_floating_point_v<Compute<T>>, double, std::uint64_t>;

template <typename T>
Sum<T> term(T element)
{
    return Sum<T>(Compute<T>(element));
}

/// The reduced dimensions as nested loops, the longest stride outermost, merged where they lie behind each
/// other. The innermost loop is a run.
class Nest {
public:
    Nest(const Shape& sizes, const Strides& steps)
    {
        forEachRun<1>(sizes, {&steps}, [this](std::int64_t n, const auto&, const auto& step) {
            m_length = n;
            m_step = step[0];
            ++m_runs;
        }, 0);
        if (m_runs > 1)
            forEachRun<1>(sizes, {&steps}, [this](std::int64_t, const auto& at, const auto&) {
                m_offsets.push_back(at[0]);
            }, 0);
    }

    std::int64_t length() const { return m_length; }
    std::int64_t step() const { return m_step; }
    bool isOneRun() const { return m_runs == 1; }

    /// Calls `f(offset)` for each run.
    template <typename F>
    void forEach(F f) const
    {
        if (m_runs == 1)
            f(std::int64_t(0));
        for (const std::int64_t offset : m_offsets)
            f(offset);
    }

private:
    std::int64_t m_length = 0;
    std::int64_t m_step = 0;
    std::int64_t m_runs = 0;
    std::vector<std::int64_t> m_offsets;  // Empty for a single run.
};

constexpr std::int64_t laneCount = 16;
constexpr std::int64_t blockLength = 16 * laneCount;

/// At most blockLength elements.
template <typename T>
Sum<T> blockSum(const T* x, std::int64_t n, std::int64_t step)
{
    if (n < laneCount / 2) {
        Sum<T> sum = 0;
        for (std::int64_t i = 0; i < n; ++i)
            sum += term(x[i * step]);
        return sum;
    }
    std::array<Sum<T>, laneCount> lanes{};
    std::int64_t i = 0;
    if (step == 1)
        for (; i + laneCount <= n; i += laneCount)
            for (std::int64_t lane = 0; lane < laneCount; ++lane)
                lanes[lane] += term(x[i + lane]);
    else
        for (; i + laneCount <= n; i += laneCount)
            for (std::int64_t lane = 0; lane < laneCount; ++lane)
                lanes[lane] += term(x[(i + lane) * step]);
    for (std::int64_t lane = 0; i < n; ++i, ++lane)
        lanes[lane] += term(x[i * step]);
    for (std::int64_t half = laneCount / 2; half > 0; half /= 2)
        for (std::int64_t lane = 0; lane < half; ++lane)
            lanes[lane] += lanes[lane + half];
    return lanes[0];
}

/// Adds rows of `width` sums as a balanced tree, of which only the unfinished branches are kept: branch k
/// holds 2^k rows if bit k of the count is set.
template <typename S>
class Tree {
public:
    explicit Tree(std::size_t width) : m_width(width) {}

    /// Changes the row.
    void add(S* row)
    {
        std::size_t level = 0;
        for (; m_count >> level & 1; ++level)
            accumulate(row, branch(level));
        if (m_branches.size() < (level + 1) * m_width)
            m_branches.resize((level + 1) * m_width);
        std::copy_n(row, m_width, branch(level));
        ++m_count;
    }

    void total(S* row)
    {
        std::fill_n(row, m_width, S(0));
        for (std::size_t level = 0; m_count >> level; ++level)
            if (m_count >> level & 1)
                accumulate(row, branch(level));
    }

private:
    S* branch(std::size_t level) { return m_branches.data() + level * m_width; }
    void accumulate(S* row, const S* other) const
    {
        for (std::size_t j = 0; j < m_width; ++j)
            row[j] += other[j];
    }

    std::size_t m_width;
    std::uint64_t m_count = 0;
    std::vector<S> m_branches;
};

template <typename T>
void addBlocks(Tree<Sum<T>>& tree, const T* x, std::int64_t n, std::int64_t step)
{
    for (std::int64_t i = 0; i < n; i += blockLength) {
        Sum<T> sum = blockSum(x + i * step, std::min(blockLength, n - i), step);
        tree.add(&sum);
    }
}

/// All elements of the nest that starts at x.
template <typename T>
Sum<T> treeSum(const T* x, const Nest& nest, Pace& pace)
{
    static_assert(Pace::stride % blockLength == 0);
    Tree<Sum<T>> tree(1);
    nest.forEach([&](std::int64_t offset) {
        for (std::int64_t i = 0; i < nest.length(); i += Pace::stride) {
            const std::int64_t n = std::min(Pace::stride, nest.length() - i);
            pace.take(n);
            addBlocks(tree, x + offset + i * nest.step(), n, nest.step());
        }
    });
    Sum<T> sum;
    tree.total(&sum);
    return sum;
}

template <typename T>
Sum<T> nestSum(const T* x, const Nest& nest, Pace& pace)
{
    if (nest.isOneRun() && nest.length() <= blockLength)
        return blockSum(x, nest.length(), nest.step());
    return treeSum(x, nest, pace);
}

constexpr std::int64_t chunkWidth = 128;
constexpr int rowsPerBlock = 16;

/// `width` nests, of which the next starts `step` elements further: row by row, so that memory is read in
/// its order. At most chunkWidth of them.
template <typename T>
void columnSums(const T* x, std::int64_t width, std::int64_t step, const Nest& nest, Sum<T>* sums,
                Pace& pace)
{
    Tree<Sum<T>> tree{std::size_t(width)};
    std::array<Sum<T>, chunkWidth> block{};
    int rows = 0;
    const auto finishBlock = [&] {
        tree.add(block.data());
        std::fill_n(block.data(), width, Sum<T>(0));
        rows = 0;
    };
    nest.forEach([&](std::int64_t offset) {
        for (std::int64_t i = 0; i < nest.length(); ++i) {
            const T* const row = x + offset + i * nest.step();
            if (step == 1)
                for (std::int64_t j = 0; j < width; ++j)
                    block[j] += term(row[j]);
            else
                for (std::int64_t j = 0; j < width; ++j)
                    block[j] += term(row[j * step]);
            pace.take(width);
            if (++rows == rowsPerBlock)
                finishBlock();
        }
    });
    finishBlock();
    tree.total(sums);
}

/// Whether the elements of `from` may be added up as they are and only the sum be brought to `to`.
bool addsUpAsItIs(DType from, DType to)
{
    if (from == to)
        return true;
    if (isFloating(from) || isFloating(to))
        return isFloating(from) && isFloating(to) && itemSize(from) < itemSize(to);
    return to != DType::Bool;
}

/// In float64 or int64.
Tensor wideSum(const Tensor& x, const InlineVector<bool, 16>& reduced)
{
    Shape keptSizes, reducedSizes;
    Strides keptSteps, reducedSteps;
    for (std::size_t d = 0; d < x.rank(); ++d) {
        (reduced[d] ? reducedSizes : keptSizes).push_back(x.shape()[d]);
        (reduced[d] ? reducedSteps : keptSteps).push_back(x.strides()[d]);
    }
    const Nest nest(reducedSizes, reducedSteps);
    Tensor y = Tensor::uninitialized(keptSizes, isFloating(x.dtype()) ? DType::Float64 : DType::Int64);
    Pace pace;
    visit(x.dtype(), [&](auto stored) {
        using T = decltype(stored);
        using Wide = std::conditional_t<std::is_same_v<Sum<T>, double>, double, std::int64_t>;
        const T* const from = x.data<T>();
        Wide* const to = y.writable<Wide>();
        forEachRun<2>(keptSizes, {&keptSteps, &y.strides()},
                      [&](std::int64_t n, const auto& at, const auto& step) {
            const bool goesByRows = n >= 8 && (nest.step() == 0 || step[0] < nest.step());
            if (!goesByRows) {
                pace.take(n * std::min(nest.length(), blockLength));
                for (std::int64_t j = 0; j < n; ++j)
                    to[at[1] + j * step[1]] = Wide(nestSum(from + at[0] + j * step[0], nest, pace));
                return;
            }
            std::array<Sum<T>, chunkWidth> sums;
            for (std::int64_t j = 0; j < n; j += chunkWidth) {
                const std::int64_t width = std::min(chunkWidth, n - j);
                columnSums(from + at[0] + j * step[0], width, step[0], nest, sums.data(), pace);
                for (std::int64_t k = 0; k < width; ++k)
                    to[at[1] + (j + k) * step[1]] = Wide(sums[k]);
            }
        });
    });
    return y;
}

Tensor shaped(const Tensor& contiguous, const Shape& shape)
{
    return contiguous.shape() == shape ? contiguous : contiguous.restrided(shape, contiguousStrides(shape));
}

}  // namespace

Tensor sum(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, DType dtype)
{
    const Tensor terms = addsUpAsItIs(x.dtype(), dtype) ? x : cast(x, dtype);
    return shaped(cast(wideSum(terms, reduced), dtype), reducedShape(x.shape(), reduced, keepdim));
}

Tensor mean(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, DType dtype)
{
    std::int64_t count = 1;
    for (std::size_t d = 0; d < x.rank(); ++d)
        count *= reduced[d] ? x.shape()[d] : 1;
    const DType computed = dtype == DType::Float64 ? dtype : DType::Float32;
    const Tensor total = sum(cast(x, dtype), reduced, keepdim, computed);
    return cast(div(total, Tensor::number(double(count)), computed), dtype);
}

Tensor sumTo(const Tensor& x, const Shape& shape)
{
    if (x.shape() == shape)
        return x;
    const std::size_t leading = x.rank() - shape.size();
    InlineVector<bool, 16> reduced(x.rank(), true);
    for (std::size_t d = leading; d < x.rank(); ++d)
        reduced[d] = shape[d - leading] != x.shape()[d];
    return shaped(sum(x, reduced, false, isFloating(x.dtype()) ? x.dtype() : DType::Int64), shape);
}

}  // namespace chainrule::kernel
