// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/shape.h"

namespace chainrule {

std::int64_t elementCount(const Shape& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
        count *= size;
    return count;
}

Failure checked(const Shape& shape)
{
    if (shape.size() > maxRank)
        return runtimeError("Chainrule supports tensors with at most " + std::to_string(maxRank) + " dimensions (got "
                            + std::to_string(shape.size()) + ")");
    bool isEmpty = false;
    for (const std::int64_t size : shape) {
        if (size < 0)
            return runtimeError("Trying to create tensor with negative dimension " + std::to_string(size)
                                + ": " + text(shape));
        isEmpty |= size == 0;
    }
    std::int64_t bytes = isEmpty ? 1 : 8;
    for (const std::int64_t size : shape)
        if (__builtin_mul_overflow(bytes, size, &bytes))
            return runtimeError("Storage size calculation overflowed with sizes=" + text(shape));
    std::int64_t stride = 1;  // Where one size is 0, the product of the others can still be too large.
    for (std::size_t i = 1; i < shape.size(); ++i)
        if (__builtin_mul_overflow(stride, std::max<std::int64_t>(shape[i], 1), &stride))
            return runtimeError("Stride calculation overflowed");
    return std::nullopt;
}

Strides contiguousStrides(const Shape& shape)
{
    Strides strides(shape.size());
    if (!shape.empty())
        strides.back() = 1;
    for (std::size_t i = shape.size(); i-- > 1;)  // Not shape[0]: beside a 0 that product may overflow.
        strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
    return strides;
}

std::string text(std::span<const std::int64_t> sizes)
{
    std::string text = "[";
    for (std::size_t i = 0; i < sizes.size(); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(sizes[i]);
    return text + "]";
}

std::string sizeText(const Shape& shape)
{
    return "torch.Size(" + text(shape) + ")";
}

Result<Shape> broadcast(const Shape& a, const Shape& b)
{
    Shape result(std::max(a.size(), b.size()));
    for (std::size_t back = 1; back <= result.size(); ++back) {
        const std::int64_t x = back <= a.size() ? a[a.size() - back] : 1;
        const std::int64_t y = back <= b.size() ? b[b.size() - back] : 1;
        if (x != y && x != 1 && y != 1)
            return runtimeError("The size of tensor a (" + std::to_string(x)
                                + ") must match the size of tensor b (" + std::to_string(y)
                                + ") at non-singleton dimension " + std::to_string(result.size() - back));
        result[result.size() - back] = x == 1 ? y : x;
    }
    return result;
}

Result<std::size_t> wrappedDim(std::int64_t dim, std::size_t rank)
{
    const std::int64_t count = std::max<std::int64_t>(std::int64_t(rank), 1);
    if (dim < -count || dim >= count)
        return indexError("Dimension out of range (expected to be in range of [" + std::to_string(-count)
                          + ", " + std::to_string(count - 1) + "], but got " + std::to_string(dim) + ")");
    return std::size_t(dim < 0 ? dim + count : dim);
}

Result<InlineVector<bool, 16>> dimMask(std::span<const std::int64_t> dims, std::size_t rank)
{
    InlineVector<bool, 16> mask(std::max<std::size_t>(rank, 1), false);
    for (const std::int64_t dim : dims) {
        const auto wrapped = wrappedDim(dim, rank);
        if (!wrapped)
            return wrapped.error();
        if (mask[*wrapped])
            return runtimeError("dim " + std::to_string(*wrapped)
                                + " appears multiple times in the list of dims");
        mask[*wrapped] = true;
    }
    mask.resize(rank);
    return mask;
}

Shape reducedShape(const Shape& shape, const InlineVector<bool, 16>& reduced, bool keepdim)
{
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (!reduced[i])
            result.push_back(shape[i]);
        else if (keepdim)
            result.push_back(1);
    }
    return result;
}

std::optional<Strides> viewStrides(const Shape& from, const Strides& strides, const Shape& to)
{
    if (elementCount(from) == 0)
        return from == to ? strides : contiguousStrides(to);
    Strides result(to.size());
    std::ptrdiff_t next = std::ptrdiff_t(to.size()) - 1;
    std::int64_t base = from.empty() ? 1 : strides.back();
    std::int64_t run = 1;  // Elements of the current run of dimensions that lie behind each other.
    std::int64_t taken = 1;
    for (std::ptrdiff_t d = std::ptrdiff_t(from.size()) - 1; d >= 0; --d) {
        run *= from[d];
        const bool ends = d == 0 || (from[d - 1] != 1 && strides[d - 1] != run * base);
        if (!ends)
            continue;
        while (next >= 0 && (taken < run || to[next] == 1)) {
            result[next] = taken * base;
            taken *= to[next--];
        }
        if (taken != run)
            return std::nullopt;
        if (d > 0) {
            base = strides[d - 1];
            run = 1;
            taken = 1;
        }
    }
    while (next >= 0)
        result[next--] = 1;  // Only sizes of 1 can be left.
    return result;
}

}  // namespace chainrule
