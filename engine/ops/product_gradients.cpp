// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/product_gradients.h"

#include "engine/ops/operators.h"
#include "engine/ops/product_rules.h"
#include "engine/ops/rule_ops.h"

namespace chainrule {
namespace {

const Shape& shapeOf(const Value& x)
{
    return x.tensor().shape();
}

std::size_t rank(const Value& x)
{
    return x.tensor().rank();
}

std::int64_t product(const Shape& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
        count *= size;
    return count;
}

bool isColumnMajor(const Tensor& matrix)
{
    return matrix.strides()[0] == 1 && matrix.strides()[1] == matrix.shape()[0];
}

Gradients matrixVectorGradients(const Value& a, const Value& v, const Value& dy, Needed needed)
{
    Gradients gradients(2);
    if (needed.left)
        gradients[0] = reshape(dy, {shapeOf(dy)[0], 1}) * v;
    if (needed.right)
        gradients[1] = matmul(turned(a), dy);
    return gradients;
}

/// The larger operand with its batches as rows of one matrix. Where that is the right one, all is turned.
Gradients foldedGradients(const Value& a, const Value& b, const UpstreamAtLast& upstream, Needed needed)
{
    const bool isTurned = rank(b) > rank(a);
    const Value larger = isTurned ? mT(b) : a;
    const Value smaller = !isTurned ? b : rank(a) == 2 ? turned(a) : a;
    const bool isMatrix = rank(smaller) == 2;
    const Shape rows = rowsOfAll(shapeOf(larger));
    const Needed inOrder = isTurned ? Needed{needed.right, needed.left} : needed;
    const Value folded = viewed(larger, rows);
    const Value dy = upstream();
    const Value slope = isTurned && rank(a) == 2 ? mT(dy) : dy;
    const Gradients both = isMatrix ? matrixGradients(folded, smaller, viewed(slope, rowsOfAll(shapeOf(slope))), inOrder)
                                    : matrixVectorGradients(folded, smaller, viewed(slope, {rows[0]}), inOrder);
    std::optional<Value> toLarger = both[0], toSmaller = both[1];
    if (toLarger)
        toLarger = viewed(*toLarger, shapeOf(larger));
    if (!isTurned)
        return {toLarger, toSmaller};
    if (toSmaller && isMatrix)
        toSmaller = turned(*toSmaller);
    if (toLarger)
        toLarger = mT(*toLarger);
    return {toSmaller, toLarger};
}

/// Both operands as batches of matrices, of which there are equally many.
Gradients batchGradients(const Value& a, const Value& b, const UpstreamAtLast& upstream, Needed needed)
{
    const Value right = rank(b) == 1 ? unsqueeze(b, 1) : b;
    const auto batchOf = [](const Shape& shape) {
        return shape.size() <= 2 ? Shape() : Shape(shape.begin(), shape.begin() + (shape.size() - 2));
    };
    const Shape batch = *broadcast(batchOf(shapeOf(a)), batchOf(shapeOf(right)));
    const auto sizes = [](Shape shape, std::int64_t rows, std::int64_t columns) {
        shape.push_back(rows);
        shape.push_back(columns);
        return shape;
    };
    const std::int64_t rows = rank(a) == 1 ? 1 : shapeOf(a)[rank(a) - 2];
    const std::int64_t depth = shapeOf(a).back();
    const std::int64_t columns = shapeOf(right).back();
    const Shape count{product(batch)};
    const Shape wideLeft = sizes(batch, rows, depth), wideRight = sizes(batch, depth, columns);
    Value allLeft, allRight;
    if (needed.right)
        allLeft = viewed(repeated(a, wideLeft), sizes(count, rows, depth));
    if (needed.left)
        allRight = viewed(repeated(right, wideRight), sizes(count, depth, columns));
    const Value dy = upstream();
    const Value slope = rank(b) == 1 ? unsqueeze(viewed(dy, {count[0], rows}), -1)
                                     : viewed(dy, sizes(count, rows, columns));
    Gradients gradients(2);  // The dtypes of nothing may differ: each goes back to that of its operand.
    if (needed.right)
        gradients[1] = to(batchProduct(transpose(allLeft, 1, 2), slope), b.tensor().dtype());
    if (needed.left)
        gradients[0] = to(batchProduct(slope, transpose(allRight, 1, 2)), a.tensor().dtype());
    if (needed.right) {
        const Value summed = sumTo(viewed(*gradients[1], wideRight), shapeOf(right));
        gradients[1] = rank(b) == 1 ? squeeze(summed, 1) : summed;
    }
    if (needed.left)
        gradients[0] = sumTo(viewed(*gradients[0], wideLeft), shapeOf(a));
    return gradients;
}

/// Where one operand has a single batch and needs a gradient, that of a matrix is computed for it.
bool isSingle(const Value& x, const Value& other, bool isNeeded)
{
    return rank(x) == 3 && rank(other) == 3 && shapeOf(x)[0] == 1 && shapeOf(other)[0] != 1 && isNeeded;
}

}  // namespace

Value turned(const Value& x)
{
    static const Op& op = operation("t");
    return applied(op, {x});
}

Value viewed(const Value& x, const Shape& shape)
{
    if (!x.requiresGrad())
        return reshape(x, shape);
    static const Op& op = operation("reshape");
    return applied(op, {x}, {{"shape", IntList(shape.begin(), shape.end())}});
}

Shape rowsOfAll(const Shape& shape)
{
    return {product(Shape(shape.begin(), shape.end() - 1)), shape.back()};
}

// Each in the order of memory that the operand has.

Value leftGradient(const Value& a, const Value& b, const Value& dy)
{
    return isColumnMajor(a.tensor()) ? turned(matmul(b, turned(dy))) : matmul(dy, turned(b));
}

Value rightGradient(const Value& a, const Value& b, const Value& dy)
{
    return isColumnMajor(b.tensor()) ? turned(matmul(turned(dy), a)) : matmul(turned(a), dy);
}

Gradients matrixGradients(const Value& a, const Value& b, const Value& dy, Needed needed)
{
    Gradients gradients(2);
    if (needed.right)
        gradients[1] = rightGradient(a, b, dy);
    if (needed.left)
        gradients[0] = leftGradient(a, b, dy);
    return gradients;
}

Gradients productGradients(const Value& a, const Value& b, const UpstreamAtLast& upstream, Needed needed)
{
    const std::size_t left = rank(a), right = rank(b);
    if (left == 1 && right == 1) {
        const Value dy = upstream();
        Gradients gradients(2);
        if (needed.left)
            gradients[0] = dy * b;
        if (needed.right)
            gradients[1] = dy * a;
        return gradients;
    }
    if (left == 2 && right == 1)
        return matrixVectorGradients(a, b, upstream(), needed);
    if (left == 2 && right == 2)
        return matrixGradients(a, b, upstream(), needed);
    if (left == 1 && right == 2) {
        const Value row = unsqueeze(a, 0), slope = unsqueeze(upstream(), 0);
        Gradients gradients = matrixGradients(row, b, slope, needed);
        if (gradients[0])
            gradients[0] = squeeze(*gradients[0], 0);
        return gradients;
    }
    TensorType leftType = a.tensor().type(), rightType = b.tensor().type();
    leftType.requiresGrad = needed.left || a.requiresGrad();
    rightType.requiresGrad = needed.right || b.requiresGrad();
    if (isSingle(a, b, leftType.requiresGrad)) {
        Gradients gradients = productGradients(squeeze(a, 0), b, upstream, needed);
        if (gradients[0])
            gradients[0] = unsqueeze(*gradients[0], 0);
        return gradients;
    }
    if (isSingle(b, a, rightType.requiresGrad)) {
        Gradients gradients = productGradients(a, squeeze(b, 0), upstream, needed);
        if (gradients[1])
            gradients[1] = unsqueeze(*gradients[1], 0);
        return gradients;
    }
    return isFolded(leftType, rightType) ? foldedGradients(a, b, upstream, needed)
                                         : batchGradients(a, b, upstream, needed);
}

}  // namespace chainrule
