// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/product_rules.h"

#include "engine/ops/rules.h"
#include "engine/ops/views.h"

namespace chainrule {
namespace {

std::string upperName(const TensorType& type)
{
    return std::string(messageName(type.dtype));
}

/// "2x3".
std::string sizes(std::int64_t rows, std::int64_t columns)
{
    return std::to_string(rows) + "x" + std::to_string(columns);
}

/// Bools are refused when a product is computed, and of nothing there is none.
Failure refusedBool(const TensorType& a, const TensorType& b, std::string_view kernel)
{
    const bool isEmpty = elementCount(a.shape) == 0 || elementCount(b.shape) == 0;
    if (a.dtype != DType::Bool || isEmpty)
        return std::nullopt;
    return notImplementedFor(kernel, DType::Bool);
}

/// The dims before the last two.
Shape batchOf(const Shape& shape)
{
    return shape.size() <= 2 ? Shape() : Shape(shape.begin(), shape.begin() + (shape.size() - 2));
}

Failure refusedDot(const TensorType& a, const TensorType& b)
{
    if (a.dtype != b.dtype)
        return runtimeError("dot : expected both vectors to have same dtype, but found " + upperName(a) + " and "
                            + upperName(b));
    const std::string left = std::to_string(a.shape[0]);
    const std::string right = std::to_string(b.shape[0]);
    if (a.shape != b.shape)
        return runtimeError("inconsistent tensor size, expected tensor [" + left + "] and src [" + right
                            + "] to have the same number of elements, but got " + left + " and " + right
                            + " elements respectively");
    if (a.dtype == DType::Bool)
        return notImplementedFor("dot", DType::Bool);
    return std::nullopt;
}

/// A matrix of rows × columns with the dtype of `a`, times the vector `b`.
Failure refusedMv(std::int64_t rows, std::int64_t columns, const TensorType& a, const TensorType& b)
{
    if (columns != b.shape[0])
        return runtimeError("size mismatch, got input (" + std::to_string(rows) + "), mat (" + sizes(rows, columns)
                            + "), vec (" + std::to_string(b.shape[0]) + ")");
    if (a.dtype != b.dtype)
        return runtimeError("addmv input tensors must have the same dtype, but got " + upperName(b) + ", "
                            + upperName(a) + ", and " + upperName(b));
    return refusedBool(a, b, "addmv_impl_cpu");
}

Failure mismatchedMatrices(std::int64_t rows, std::int64_t columns, std::int64_t rows2, std::int64_t columns2)
{
    if (columns == rows2)
        return std::nullopt;
    return runtimeError("mat1 and mat2 shapes cannot be multiplied (" + sizes(rows, columns) + " and "
                        + sizes(rows2, columns2) + ")");
}

/// A matrix with the dtype of `a` times another with the dtype of `b`.
Failure refusedMm(std::int64_t rows, std::int64_t columns, const TensorType& a, std::int64_t rows2,
                  std::int64_t columns2, const TensorType& b)
{
    if (const auto refusal = mismatchedMatrices(rows, columns, rows2, columns2))
        return refusal;
    if (a.dtype != b.dtype)
        return runtimeError("expected m1 and m2 to have the same dtype, but got: " + std::string(cppName(a.dtype))
                            + " != " + std::string(cppName(b.dtype)));
    return refusedBool(a, b, "addmm_impl_cpu_");
}

/// The last dim but one of a matrix on the left; a vector is a row.
std::int64_t rowsOf(const Shape& left)
{
    return left.size() == 1 ? 1 : left[left.size() - 2];
}

bool isEmpty(const TensorType& type)
{
    return elementCount(type.shape) == 0;
}

Failure refusedBmm(const TensorType& a, const TensorType& b)
{
    const auto batch = broadcast(batchOf(a.shape), batchOf(b.shape));
    if (!batch)
        return batch.error();
    const std::int64_t depth = a.shape.back();
    const std::int64_t rows = b.shape.size() == 1 ? b.shape[0] : b.shape[b.shape.size() - 2];
    const std::string count = std::to_string(elementCount(*batch));
    if (depth != rows)
        return runtimeError("Expected size for first two dimensions of batch2 tensor to be: [" + count + ", "
                            + std::to_string(depth) + "] but got: [" + count + ", " + std::to_string(rows) + "].");
    if (const auto refusal = refusedBool(a, b, "bmm"))
        return refusal;
    if (a.dtype != b.dtype && !isEmpty(a) && !isEmpty(b))  // Of nothing, PyTorch does not look.
        return runtimeError("expected scalar type " + upperName(a) + " but found " + upperName(b));
    return std::nullopt;
}

/// Whether the dims before the last can become one without a copy; `isTurned`: when the last two change places.
bool joinsRows(const TensorType& type, bool isTurned)
{
    Shape shape = type.shape;
    Strides strides = type.strides.empty() ? contiguousStrides(shape) : type.strides;
    const std::size_t last = shape.size() - 1;
    if (isTurned) {
        std::swap(shape[last - 1], shape[last]);
        std::swap(strides[last - 1], strides[last]);
    }
    for (std::size_t d = 0; d + 1 < last; ++d)
        if (strides[d] != strides[d + 1] * shape[d + 1])
            return false;
    return true;
}

Failure refusedMatmul(TensorType a, TensorType b)
{
    if (a.shape.empty() || b.shape.empty())
        return runtimeError("both arguments to matmul need to be at least 1D, but they are "
                            + std::to_string(a.shape.size()) + "D and " + std::to_string(b.shape.size()) + "D");
    if (a.shape.size() == 3 && b.shape.size() == 3 && a.shape[0] != b.shape[0]) {
        TensorType& single = a.shape[0] == 1 ? a : b;
        if (single.shape[0] == 1 && single.requiresGrad)
            single.shape.erase(single.shape.begin());
    }
    const std::size_t left = a.shape.size();
    const std::size_t right = b.shape.size();
    if (left == 1 && right == 1)
        return refusedDot(a, b);
    if (left == 2 && right == 1)
        return refusedMv(a.shape[0], a.shape[1], a, b);
    if (left <= 2 && right == 2)
        return refusedMm(rowsOf(a.shape), a.shape.back(), a, b.shape[0], b.shape[1], b);
    if (!isFolded(a, b))
        return refusedBmm(a, b);
    if (left >= right) {
        const std::int64_t rows = elementCount(batchOf(a.shape)) * rowsOf(a.shape);
        return right == 1 ? refusedMv(rows, a.shape.back(), a, b)
                          : refusedMm(rows, a.shape.back(), a, b.shape[0], b.shape[1], b);
    }
    const std::int64_t rows = elementCount(batchOf(b.shape)) * b.shape.back();
    const std::int64_t columns = b.shape[right - 2];
    return left == 1 ? refusedMv(rows, columns, b, a) : refusedMm(rows, columns, b, a.shape[1], a.shape[0], a);
}

/// Of operands that can be multiplied.
Shape productShape(const Shape& a, const Shape& b)
{
    Shape shape = *broadcast(batchOf(a), batchOf(b));
    if (a.size() > 1)
        shape.push_back(a[a.size() - 2]);
    if (b.size() > 1)
        shape.push_back(b.back());
    return shape;
}

/// bias + x · weight in one kernel, with all but the last dim of x as rows.
Failure refusedAddmm(const TensorType& x, const TensorType& weight, const TensorType& bias)
{
    const std::int64_t rows = elementCount(Shape(x.shape.begin(), x.shape.end() - 1));
    if (bias.dtype != weight.dtype)
        return runtimeError("self and mat2 must have the same dtype, but got " + upperName(bias) + " and "
                            + upperName(weight));
    if (x.dtype != weight.dtype)
        return runtimeError("mat1 and mat2 must have the same dtype, but got " + upperName(x) + " and "
                            + upperName(weight));
    if (weight.shape.size() == 1)
        return runtimeError("mat2 must be a matrix, got 1-D tensor");
    if (const auto refusal = mismatchedMatrices(rows, x.shape.back(), weight.shape[0], weight.shape[1]))
        return refusal;
    const std::int64_t target[] = {rows, weight.shape[1]};
    if (const auto expanded = expandedShape(bias, target); !expanded)
        return expanded.error();
    if (x.dtype == DType::Bool && x.shape.back() == 0 && rows * weight.shape[1] > 0)  // Then it is 1 * bias.
        return runtimeError("result type Long can't be cast to the desired output type Bool");
    return refusedBool(x, weight, "addmm_impl_cpu_");
}

/// product += bias.
Failure refusedAddition(const TensorType& product, const TensorType& bias)
{
    const auto shape = broadcast(product.shape, bias.shape);
    if (!shape)
        return shape.error();
    if (*shape != product.shape)
        return runtimeError("output with shape " + text(product.shape) + " doesn't match the broadcast shape "
                            + text(*shape));
    if (category(bias.dtype) > category(product.dtype))
        return runtimeError("result type " + upperName(bias) + " can't be cast to the desired output type "
                            + upperName(product));
    return std::nullopt;
}

}  // namespace

bool isFolded(const TensorType& a, const TensorType& b)
{
    const bool isLeftLarger = a.shape.size() >= b.shape.size();
    const TensorType& larger = isLeftLarger ? a : b;
    const TensorType& smaller = isLeftLarger ? b : a;
    if (larger.shape.size() < 3 || smaller.shape.size() > 2)
        return false;
    if (smaller.requiresGrad)
        return true;
    if (a.shape.size() == 2)
        return false;
    return elementCount(larger.shape) == 0 || joinsRows(larger, !isLeftLarger);
}

Result<Types> inferDot(const Call<TensorType>& call)
{
    const TensorType& a = call.x(0);
    const TensorType& b = call.x(1);
    if (a.shape.size() != 1 || b.shape.size() != 1)
        return runtimeError("1D tensors expected, but got " + std::to_string(a.shape.size()) + "D and "
                            + std::to_string(b.shape.size()) + "D tensors");
    if (const auto refusal = refusedDot(a, b))
        return *refusal;
    return Types{{a.dtype}};
}

Result<Types> inferMatmul(const Call<TensorType>& call)
{
    if (const auto refusal = refusedMatmul(call.x(0), call.x(1)))
        return *refusal;
    Shape shape = productShape(call.x(0).shape, call.x(1).shape);
    if (const auto refusal = checked(shape))
        return *refusal;
    return Types{{call.x(1).dtype, std::move(shape)}};  // Of batches with nothing in them the dtypes may differ.
}

bool isFusedBias(const TensorType& x, const TensorType& bias)
{
    if (x.shape.size() == 2)
        return true;
    const Shape& shape = bias.shape;
    const bool isRow = shape.size() == 1 || std::ranges::count_if(shape, [](std::int64_t size) { return size != 1; }) == 1;
    return isRow && x.strides.empty() && bias.strides.empty();
}

Result<Types> inferLinear(const Call<TensorType>& call)
{
    const TensorType& x = call.x(0);
    TensorType weight = call.x(1);
    if (x.shape.empty() || weight.shape.empty())
        return runtimeError("both arguments to linear need to be at least 1D, but they are "
                            + std::to_string(x.shape.size()) + "D and " + std::to_string(weight.shape.size()) + "D");
    if (weight.shape.size() > 2)
        return runtimeError("t() expects a tensor with <= 2 dimensions, but self is "
                            + std::to_string(weight.shape.size()) + "D");
    if (weight.shape.size() == 2)
        std::swap(weight.shape[0], weight.shape[1]);
    const bool isFused = call.has(2) && isFusedBias(x, call.x(2));
    if (const auto refusal = isFused ? refusedAddmm(x, weight, call.x(2)) : refusedMatmul(x, weight))
        return *refusal;
    const TensorType product{x.dtype, productShape(x.shape, weight.shape)};
    if (const auto refusal = checked(product.shape))
        return *refusal;
    if (call.has(2) && !isFused)
        if (const auto refusal = refusedAddition(product, call.x(2)))
            return *refusal;
    return Types{product};
}

}  // namespace chainrule
