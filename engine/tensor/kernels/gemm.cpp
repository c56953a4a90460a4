// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/gemm.h"

#include "engine/base/stop.h"

#include <Eigen/Core>

#include <algorithm>
#include <vector>

namespace chainrule::kernel {
namespace {

template <typename T, int order>
using ConstMap = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, order>, Eigen::Unaligned,
                            Eigen::OuterStride<>>;
template <typename T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The elements row by row, as Out.
template <typename Out, typename T>
std::vector<Out> packed(const MatrixView& x)
{
    const T* const data = reinterpret_cast<const T*>(x.data);
    std::vector<Out> elements;
    elements.reserve(std::size_t(x.rows * x.columns));
    Pace pace;
    for (std::int64_t i = 0; i < x.rows; ++i, pace.take(x.columns))
        for (std::int64_t j = 0; j < x.columns; ++j)
            elements.push_back(Out(data[i * x.rowStride + j * x.columnStride]));
    return elements;
}

/// Calls `f` with an Eigen map of `x`: in place if its rows or its columns are contiguous, else of a copy.
template <typename T, typename F>
void withMap(const MatrixView& x, F&& f)
{
    const T* const data = reinterpret_cast<const T*>(x.data);
    if (x.columnStride == 1 || x.columns == 1)
        return f(ConstMap<T, Eigen::RowMajor>(data, x.rows, x.columns, Eigen::OuterStride<>(x.rowStride)));
    if (x.rowStride == 1 || x.rows == 1)
        return f(ConstMap<T, Eigen::ColMajor>(data, x.rows, x.columns, Eigen::OuterStride<>(x.columnStride)));
    const auto copy = packed<T, T>(x);
    f(ConstMap<T, Eigen::RowMajor>(copy.data(), x.rows, x.columns, Eigen::OuterStride<>(x.columns)));
}

/// How many multiplications are done before the product looks whether it is to stop: 10 to 70 ms.
constexpr std::int64_t workAtOnce = std::int64_t(1) << 29;
/// Blocks of that size and more take no longer than the product as a whole, because Eigen cuts it so itself.
constexpr std::int64_t depthAtOnce = 512;
constexpr std::int64_t widthAtOnce = 1024;

/// How long `side` of a block may be where the two others have `area`.
std::int64_t cut(std::int64_t side, std::int64_t atOnce, std::int64_t area)
{
    return std::min(side, std::max(atOnce, workAtOnce / std::max<std::int64_t>(area, 1)));
}

/// c = left · right, cut so that it can be stopped if it is large.
template <typename Product, typename Left, typename Right>
void multiply(Product& c, const Left& left, const Right& right)
{
    const std::int64_t leastRows = std::min(c.rows(), widthAtOnce);
    const std::int64_t leastColumns = std::min(c.cols(), widthAtOnce);
    const std::int64_t depth = cut(left.cols(), depthAtOnce, leastRows * leastColumns);
    const std::int64_t columns = cut(c.cols(), widthAtOnce, leastRows * depth);
    const std::int64_t rows = cut(c.rows(), widthAtOnce, columns * depth);
    if (depth == left.cols() && columns == c.cols() && rows == c.rows()) {
        c.noalias() = left * right;
        return;
    }
    for (std::int64_t k = 0; k < left.cols(); k += depth)
        for (std::int64_t i = 0; i < c.rows(); i += rows)
            for (std::int64_t j = 0; j < c.cols(); j += columns) {
                lookWhetherToStop();
                const std::int64_t thickness = std::min(depth, left.cols() - k);
                auto block = c.block(i, j, std::min(rows, c.rows() - i), std::min(columns, c.cols() - j));
                const auto product = left.block(i, k, block.rows(), thickness)
                                     * right.block(k, j, thickness, block.cols());
                if (k == 0)
                    block.noalias() = product;
                else
                    block.noalias() += product;
            }
}

template <typename T>
void multiplyFloating(const MatrixView& a, const MatrixView& b, T* product)
{
    Eigen::Map<RowMajor<T>> c(product, a.rows, b.columns);
    withMap<T>(a, [&](const auto& left) { withMap<T>(b, [&](const auto& right) { multiply(c, left, right); }); });
}

/// Of products so small Eigen begins a sum with its first term, so that it may be -0. PyTorch begins with 0, but where
/// two matrices have but one term to sum.
constexpr std::int64_t smallProduct = 400;

template <typename T>
void addZero(T* product, std::int64_t size)
{
    for (std::int64_t i = 0; i < size; ++i)
        product[i] += T(0);
}

template <typename T>
void multiplyHalves(const MatrixView& a, const MatrixView& b, T* product)
{
    const auto left = packed<float, T>(a);
    const auto right = packed<float, T>(b);
    std::vector<float> sums(std::size_t(a.rows * b.columns));
    multiplyFloating<float>({reinterpret_cast<const std::byte*>(left.data()), a.rows, a.columns, a.columns, 1},
                            {reinterpret_cast<const std::byte*>(right.data()), b.rows, b.columns, b.columns, 1},
                            sums.data());
    inPieces(a.rows * b.columns, [&](std::int64_t begin, std::int64_t end) {
        std::transform(sums.begin() + begin, sums.begin() + end, product + begin,
                       [](float sum) { return T(sum + 0.0F); });
    });
}

template <typename T>
void multiplyIntegers(const MatrixView& a, const MatrixView& b, T* product)
{
    const T* const left = reinterpret_cast<const T*>(a.data);
    const T* const right = reinterpret_cast<const T*>(b.data);
    std::vector<std::uint64_t> row(static_cast<std::size_t>(b.columns));  // Unsigned: overflow must wrap.
    Pace pace;
    for (std::int64_t i = 0; i < a.rows; ++i) {
        std::ranges::fill(row, 0);
        for (std::int64_t k = 0; k < a.columns; ++k) {
            pace.take(b.columns);
            const auto factor = std::uint64_t(left[i * a.rowStride + k * a.columnStride]);
            for (std::int64_t j = 0; j < b.columns; ++j)
                row[std::size_t(j)] += factor * std::uint64_t(right[k * b.rowStride + j * b.columnStride]);
        }
        for (std::int64_t j = 0; j < b.columns; ++j)
            product[i * b.columns + j] = T(row[std::size_t(j)]);
    }
}

/// Three dims: the batch, which broadcasting may have given stride 0, and the matrix.
struct Batches {
    Tensor tensor;
    Shape batch;
    Strides batchStrides;
    MatrixView matrix;
};

Batches batchesOf(const Tensor& x)
{
    const std::size_t outer = x.rank() - 2;
    return {x, Shape(x.shape().begin(), x.shape().begin() + outer),
            Strides(x.strides().begin(), x.strides().begin() + outer),
            {x.bytes(), x.shape()[outer], x.shape()[outer + 1], x.strides()[outer], x.strides()[outer + 1]}};
}

Tensor withUnitDim(const Tensor& x, std::size_t dim)
{
    Shape shape = x.shape();
    Strides strides = x.strides();
    shape.insert(shape.begin() + dim, 1);
    strides.insert(strides.begin() + dim, 1);
    return x.restrided(shape, strides);
}

/// How far the i-th batch lies from the first, in elements.
std::int64_t batchOffset(std::int64_t i, const Shape& batch, const Batches& x)
{
    std::int64_t offset = 0;
    const std::size_t missing = batch.size() - x.batch.size();
    for (std::size_t d = batch.size(); d-- > 0; i /= batch[d])
        if (d >= missing && x.batch[d - missing] > 1)
            offset += i % batch[d] * x.batchStrides[d - missing];
    return offset;
}

}  // namespace

void gemm(DType dtype, const MatrixView& a, const MatrixView& b, std::byte* product)
{
    assert(a.columns == b.rows);
    visit(dtype, [&](auto stored) {
        using T = decltype(stored);
        T* const to = reinterpret_cast<T*>(product);
        if (a.columns == 0)
            std::fill_n(to, a.rows * b.columns, T());
        else if (a.rows == 0 || b.columns == 0)
            return;
        else if constexpr (isHalf<T>)
            multiplyHalves(a, b, to);
        else if constexpr (std::is_floating_point_v<T>) {
            multiplyFloating(a, b, to);
            if (a.rows * b.columns <= smallProduct && (a.columns > 1 || a.rows == 1 || b.columns == 1))
                addZero(to, a.rows * b.columns);
        } else
            multiplyIntegers(a, b, to);
    });
}

Tensor matmul(const Tensor& a, const Tensor& b)
{
    const Batches left = batchesOf(a.rank() == 1 ? withUnitDim(a, 0) : a);
    const Batches right = batchesOf(b.rank() == 1 ? withUnitDim(b, 1) : b);
    const Shape batch = *broadcast(left.batch, right.batch);
    const std::int64_t rows = left.matrix.rows;
    const std::int64_t columns = right.matrix.columns;
    Shape shape = batch;
    if (a.rank() > 1)
        shape.push_back(rows);
    if (b.rank() > 1)
        shape.push_back(columns);
    if (a.dtype() != b.dtype())  // One of them is empty.
        return Tensor::full(shape, std::int64_t(0), b.dtype());
    Tensor product = Tensor::uninitialized(shape, a.dtype());
    const auto size = std::int64_t(itemSize(a.dtype()));
    std::byte* const to = visit(a.dtype(), [&](auto stored) {
        return reinterpret_cast<std::byte*>(product.writable<decltype(stored)>());
    });

    // The rows of all batches are the rows of one large matrix where the right side is the same for all.
    const Shape rowsOfAll = {elementCount(left.batch) * rows, left.matrix.columns};
    const auto strides = viewStrides(left.tensor.shape(), left.tensor.strides(), rowsOfAll);
    if (right.batch.empty() && strides) {
        gemm(a.dtype(), {left.matrix.data, rowsOfAll[0], rowsOfAll[1], (*strides)[0], (*strides)[1]}, right.matrix,
             to);
        return product;
    }
    Pace pace;
    for (std::int64_t i = 0; i < elementCount(batch); ++i) {
        pace.take(rows * columns * left.matrix.columns / 16);  // A product does many at a time.
        MatrixView one = left.matrix;
        MatrixView other = right.matrix;
        one.data += batchOffset(i, batch, left) * size;
        other.data += batchOffset(i, batch, right) * size;
        gemm(a.dtype(), one, other, to + i * rows * columns * size);
    }
    return product;
}

}  // namespace chainrule::kernel
