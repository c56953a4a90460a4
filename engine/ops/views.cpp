// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/views.h"

#include "engine/tensor/kernels/loops.h"

namespace chainrule {
namespace {

/// "torch.FloatTensor", as PyTorch names the type in some messages.
std::string tensorTypeName(DType dtype)
{
    const std::string name(messageName(dtype));
    const bool isOldType = dtype != DType::Bool && dtype != DType::BFloat16;
    return isOldType ? "torch." + name + "Tensor" : "CPU" + name + "Type";
}

}  // namespace

Tensor transposedView(const Tensor& x, std::int64_t dim0, std::int64_t dim1)
{
    if (x.rank() == 0)
        return x;
    Shape shape = x.shape();
    Strides strides = x.strides();
    const std::size_t first = *wrappedDim(dim0, x.rank());
    const std::size_t second = *wrappedDim(dim1, x.rank());
    std::swap(shape[first], shape[second]);
    std::swap(strides[first], strides[second]);
    return x.restrided(shape, strides);
}

Tensor permutedView(const Tensor& x, const IntList& dims)
{
    Shape shape;
    Strides strides;
    for (const std::int64_t dim : dims) {
        shape.push_back(x.shape()[*wrappedDim(dim, x.rank())]);
        strides.push_back(x.strides()[*wrappedDim(dim, x.rank())]);
    }
    return x.restrided(shape, strides);
}

Tensor expandedView(const Tensor& x, const Shape& shape)
{
    return kernel::broadcastTo(x, shape);
}

Tensor slicedView(const Tensor& x, std::size_t dim, std::int64_t start, std::int64_t step, std::int64_t count)
{
    Shape shape = x.shape();
    Strides strides = x.strides();
    const std::int64_t offset = count > 0 ? start * strides[dim] : 0;
    shape[dim] = count;
    strides[dim] = count > 1 ? strides[dim] * step : strides[dim];  // The step may be out of all proportion.
    return x.restrided(shape, strides, offset);
}

Tensor selectedView(const Tensor& x, std::size_t dim, std::int64_t index)
{
    Shape shape = x.shape();
    Strides strides = x.strides();
    const std::int64_t offset = index * strides[dim];
    shape.erase(shape.begin() + dim);
    strides.erase(strides.begin() + dim);
    return x.restrided(shape, strides, x.size() > 0 ? offset : 0);
}

Tensor unsqueezedView(const Tensor& x, std::size_t dim)
{
    Shape shape = x.shape();
    Strides strides = x.strides();
    const std::int64_t stride = dim < shape.size() ? shape[dim] * strides[dim] : 1;
    shape.insert(shape.begin() + dim, 1);
    strides.insert(strides.begin() + dim, stride);
    return x.restrided(shape, strides);
}

Result<Shape> expandedShape(const TensorType& x, std::span<const std::int64_t> sizes)
{
    const Shape& from = x.shape;
    if (sizes.size() < from.size())
        return runtimeError("expand(" + tensorTypeName(x.dtype) + "{" + text(from) + "}, size=" + text(sizes)
                            + "): the number of sizes provided (" + std::to_string(sizes.size())
                            + ") must be greater or equal to the number of dimensions in the tensor ("
                            + std::to_string(from.size()) + ")");
    Shape shape(sizes.begin(), sizes.end());
    const std::size_t added = sizes.size() - from.size();
    for (std::size_t d = sizes.size(); d-- > 0;) {
        const std::int64_t size = d >= added ? from[d - added] : 1;
        if (shape[d] == -1 && d < added)
            return runtimeError("The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                                "dimension " + std::to_string(d));
        if (shape[d] == -1)
            shape[d] = size;
        if (size != 1 && size != shape[d])
            return runtimeError("The expanded size of the tensor (" + std::to_string(shape[d])
                                + ") must match the existing size (" + std::to_string(size)
                                + ") at non-singleton dimension " + std::to_string(d) + ".  Target sizes: "
                                + text(sizes) + ".  Tensor sizes: " + text(from));
    }
    if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; }))
        return runtimeError("numel: integer multiplication overflow");
    if (const auto refusal = checked(shape))
        return *refusal;
    return shape;
}

}  // namespace chainrule
