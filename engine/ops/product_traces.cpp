// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/product_gradients.h"
#include "engine/ops/product_rules.h"
#include "engine/ops/traces.h"

namespace chainrule::traces {
namespace {

Shape withSizes(Shape shape, std::initializer_list<std::int64_t> sizes)
{
    for (const std::int64_t size : sizes)
        shape.push_back(size);
    return shape;
}

/// All dims but the last `count`.
Shape leading(const Shape& shape, std::size_t count)
{
    return shape.size() <= count ? Shape() : Shape(shape.begin(), shape.end() - count);
}

TracedTensor mm(GradFnTrace& trace, const TracedTensor& a, const TracedTensor& b)
{
    return trace.computed("MmBackward0", {a, b}, a.dtype, {a.shape[0], b.shape[1]},
                          {{"mat2", b, 0b01}, {"self", a, 0b10}});
}

TracedTensor mv(GradFnTrace& trace, const TracedTensor& a, const TracedTensor& v)
{
    return trace.computed("MvBackward0", {a, v}, a.dtype, {a.shape[0]}, {{"self", a, 0b10}, {"vec", v, 0b01}});
}

TracedTensor addmm(GradFnTrace& trace, const TracedTensor& bias, const TracedTensor& a, const TracedTensor& b)
{
    return trace.computed("AddmmBackward0", {bias, a, b}, a.dtype, {a.shape[0], b.shape[1]},
                          {{"mat2", b, 0b010}, {"mat1", a, 0b100}});
}

TracedTensor unsqueezed(GradFnTrace& trace, const TracedTensor& x, std::size_t dim)
{
    Shape shape;
    Strides strides;
    for (std::size_t d = 0; d <= x.shape.size(); ++d) {
        if (d == dim) {
            shape.push_back(1);
            strides.push_back(1);
        }
        if (d < x.shape.size()) {
            shape.push_back(x.shape[d]);
            strides.push_back(x.strides[d]);
        }
    }
    return trace.viewed("UnsqueezeBackward0", x, shape, strides);
}

TracedTensor squeezed(GradFnTrace& trace, std::string_view name, const TracedTensor& x, std::size_t dim)
{
    Shape shape = x.shape;
    Strides strides = x.strides;
    shape.erase(shape.begin() + dim);
    strides.erase(strides.begin() + dim);
    return trace.viewed(name, x, shape, strides);
}

TracedTensor asShape(GradFnTrace& trace, const TracedTensor& product, const Shape& shape)
{
    return trace.viewed("UnsafeViewBackward0", product, shape, contiguousStrides(shape));
}

/// The larger operand with its batches as rows of one matrix. Where that is the right one, all is turned.
TracedTensor folded(GradFnTrace& trace, const TracedTensor& a, const TracedTensor& b)
{
    const bool isTurned = b.shape.size() > a.shape.size();
    const TracedTensor larger = isTurned ? trace.transposed("TransposeBackward0", b) : a;
    const TracedTensor smaller = !isTurned             ? b
                                 : a.shape.size() == 2 ? trace.transposed("TBackward0", a)
                                                       : a;
    const TracedTensor rows = trace.reshaped(larger, rowsOfAll(larger.shape));
    const Shape batch = leading(larger.shape, 1);
    if (smaller.shape.size() == 1)
        return asShape(trace, mv(trace, rows, smaller), batch);
    const TracedTensor y = asShape(trace, mm(trace, rows, smaller), withSizes(batch, {smaller.shape[1]}));
    return isTurned ? trace.contiguous(trace.transposed("TransposeBackward0", y)) : y;
}

TracedTensor batches(GradFnTrace& trace, const TracedTensor& a, const TracedTensor& b)
{
    const bool isVector = b.shape.size() == 1;
    const Shape batch = *broadcast(leading(a.shape, 2), leading(b.shape, 2));
    const std::int64_t count = elementCount(batch), depth = a.shape.back();
    const std::int64_t rows = a.shape.size() > 1 ? a.shape[a.shape.size() - 2] : 1;
    const std::int64_t columns = isVector ? 1 : b.shape.back();
    const TracedTensor left =
        trace.reshaped(trace.expanded(a, withSizes(batch, {rows, depth})), {count, rows, depth});
    const TracedTensor right =
        isVector ? unsqueezed(trace, trace.reshaped(trace.expanded(b, withSizes(batch, {depth})), {count, depth}), 2)
                 : trace.reshaped(trace.expanded(b, withSizes(batch, {depth, columns})), {count, depth, columns});
    TracedTensor y = trace.computed("BmmBackward0", {left, right}, a.dtype, {count, rows, columns},
                                    {{"mat2", right, 0b01}, {"self", left, 0b10}});
    if (isVector)
        y = squeezed(trace, "SqueezeBackward1", y, 2);
    Shape shape = batch;
    if (a.shape.size() > 1)
        shape.push_back(rows);
    if (!isVector)
        shape.push_back(columns);
    return asShape(trace, y, shape);
}

bool isSingle(const TracedTensor& x, const TracedTensor& other)
{
    return x.shape.size() == 3 && other.shape.size() == 3 && x.shape[0] == 1 && other.shape[0] != 1
           && x.requiresGrad();
}

TensorType typeOf(const TracedTensor& x)
{
    return {.dtype = x.dtype,
            .shape = x.shape,
            .requiresGrad = x.requiresGrad(),
            .strides = isContiguous(x) ? Strides() : x.strides};
}

TracedTensor product(GradFnTrace& trace, const TracedTensor& a, const TracedTensor& b)
{
    const std::size_t left = a.shape.size(), right = b.shape.size();
    if (left == 1 && right == 1)
        return trace.computed("DotBackward0", {a, b}, a.dtype, {}, {{"self", a, 0b10}, {"tensor", b, 0b01}});
    if (left == 2 && right == 1)
        return mv(trace, a, b);
    if (left == 2 && right == 2)
        return mm(trace, a, b);
    if (left == 1 && right == 2)
        return squeezed(trace, "SqueezeBackward4", mm(trace, unsqueezed(trace, a, 0), b), 0);
    if (isSingle(a, b))
        return product(trace, squeezed(trace, "SqueezeBackward1", a, 0), b);
    if (isSingle(b, a))
        return product(trace, a, squeezed(trace, "SqueezeBackward1", b, 0));
    return isFolded(typeOf(a), typeOf(b)) ? folded(trace, a, b) : batches(trace, a, b);
}

}  // namespace

std::optional<TracedTensor> matmul(GradFnTrace& trace)
{
    return product(trace, trace.input(0), trace.input(1));
}

std::optional<TracedTensor> linear(GradFnTrace& trace)
{
    const TracedTensor x = trace.input(0);
    const TracedTensor weight = trace.transposed("TBackward0", trace.input(1));
    if (!trace.call().has(2))
        return product(trace, x, weight);
    const TracedTensor bias = trace.input(2);
    if (x.shape.size() == 2)
        return addmm(trace, bias, x, weight);
    const Shape& shape = trace.output().shape();
    if (!isFusedBias(typeOf(x), typeOf(bias)))
        return trace.computed("AddBackward0", {product(trace, x, weight), bias}, x.dtype, shape);
    const TracedTensor y = addmm(trace, bias, trace.reshaped(x, rowsOfAll(x.shape)), weight);
    return trace.viewed("ViewBackward0", y, shape, contiguousStrides(shape));
}

}  // namespace chainrule::traces
