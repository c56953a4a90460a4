// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/card_matrices.h"

#include "engine/ops/views.h"
#include "engine/tensor/kernels/elementwise.h"

#include <cmath>

namespace chainrule {
namespace {

constexpr std::int64_t largestJacobian = 4096;  // Elements.

Tensor asRow(const Tensor& x) { return unsqueezedView(x, x.rank() == 0 ? 0 : x.rank() - 1); }

Tensor asColumn(const Tensor& x) { return unsqueezedView(x, x.rank()); }

/// The ways in which a tensor may stand in a matrix product; of an upstream gradient a dim may be missing that a vector
/// took along.
std::vector<Tensor> asMatrices(const Tensor& x, bool isUpstream)
{
    if (x.rank() == 0)
        return {asColumn(asRow(x))};
    if (x.rank() == 1)
        return {asRow(x), asColumn(x)};
    if (!isUpstream)
        return {x};
    return {x, asRow(x), asColumn(x)};
}

bool isConformable(const Tensor& left, const Tensor& right)
{
    if (left.shape().back() != right.shape()[right.rank() - 2])
        return false;
    Shape a(left.shape().begin(), left.shape().end() - 2), b(right.shape().begin(), right.shape().end() - 2);
    return bool(broadcast(a, b));
}

bool isSummed(const Shape& from, const Shape& to)
{
    const auto both = broadcast(from, to);
    return both && *both == from;
}

bool isNear(const Tensor& a, const Tensor& b)
{
    const std::vector<double> x = elementsOf(a), y = elementsOf(b);
    double largest = 0;
    for (const double element : y)
        largest = std::max(largest, std::isfinite(element) ? std::abs(element) : 0.0);
    constexpr double rounding = 0.03;  // Of bfloat16, several times.
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i]) && std::abs(x[i] - y[i]) > rounding * largest)
            return false;
    return true;
}

}  // namespace

std::optional<MatrixProduct> matrixProduct(const OperationUse& use, const Tensor& upstream,
                                           const GradientPicture& picture, const Tensor& contribution)
{
    const auto candidates = [&](const GradientPicture::Factor& factor) {
        auto matrices = asMatrices(factor.input ? use.inputs[*factor.input] : upstream, !factor.input);
        if (factor.isTransposed)
            for (Tensor& matrix : matrices)
                matrix = transposedView(matrix, -1, -2);
        return matrices;
    };
    for (const Tensor& left : candidates(picture.factors[0]))
        for (const Tensor& right : candidates(picture.factors[1])) {
            if (!isConformable(left, right))
                continue;
            const Value product = matmul(left, right);
            for (const Tensor& sent : asMatrices(contribution, false)) {
                if (!isSummed(product.tensor().shape(), sent.shape()))
                    continue;
                if (const Tensor sum = sumTo(product, sent.shape()).tensor(); isNear(sum, sent))
                    return MatrixProduct{{left, right}, product.tensor(), sent};
            }
        }
    return std::nullopt;
}

Tensor SliceAlong::of(const Tensor& tensor) const
{
    if (tensor.rank() == 0)
        return asColumn(asRow(tensor));
    Tensor slice = tensor;
    for (std::size_t d = index.size(); d-- > 0;)
        if (d != dim)
            slice = selectedView(slice, d, index[d]);
    return asColumn(slice);
}

SliceAlong largestSlice(const Tensor& contribution, std::size_t dim)
{
    const std::vector<double> elements = elementsOf(contribution);
    std::size_t at = 0;
    for (std::size_t i = 0; i < elements.size(); ++i)
        if (std::abs(elements[i]) > std::abs(elements[at]))
            at = i;
    SliceAlong slice{dim, std::vector<std::int64_t>(contribution.rank()), "["};
    std::int64_t rest = std::int64_t(at);
    for (std::size_t d = contribution.rank(); d-- > 0;) {
        slice.index[d] = d == dim ? 0 : rest % contribution.shape()[d];
        rest /= contribution.shape()[d];
    }
    for (std::size_t d = 0; d < slice.index.size(); ++d)
        slice.words += (d == 0 ? "" : ", ") + (d == dim ? std::string(":") : std::to_string(slice.index[d]));
    slice.words += "]";
    return slice;
}

Tensor diagonal(const Tensor& column)
{
    const std::vector<double> elements = elementsOf(column);
    std::vector<double> matrix(elements.size() * elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i)
        matrix[i * elements.size() + i] = elements[i];
    const auto size = std::int64_t(elements.size());
    return tensorOf(matrix, {size, size}, column.dtype());
}

Tensor outer(const Tensor& left, const Tensor& right)
{
    return (Value(left) * Value(transposedView(right, 0, 1))).tensor();
}

std::optional<Tensor> transposedJacobian(const OperationUse& use, std::span<const Tensor> ys, std::size_t output,
                                         std::size_t input)
{
    const std::int64_t rows = use.inputs[input].size(), columns = ys[output].size();
    if (rows == 0 || columns == 0 || rows > largestJacobian / columns)
        return std::nullopt;
    std::vector<double> jacobian(std::size_t(rows * columns));
    std::vector<double> unit(std::size_t(columns), 0.0);
    for (std::size_t k = 0; k < unit.size(); ++k) {
        Upstream upstream(ys.size());
        unit[k] = 1;
        upstream[output] = tensorOf(unit, ys[output].shape(), ys[output].dtype());
        unit[k] = 0;
        const auto sent = use.sentBack(ys, upstream, input);
        if (!sent)
            return std::nullopt;
        const std::vector<double> column = elementsOf(*sent);
        for (std::size_t i = 0; i < column.size(); ++i)
            jacobian[i * unit.size() + k] = column[i];
    }
    return tensorOf(jacobian, {rows, columns}, ys[output].dtype());
}

}  // namespace chainrule
