// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/attribute.h"
#include "engine/tensor/tensor.h"

namespace chainrule {

// Views that several families of operations take: the same memory with other strides. The dims and sizes
// that they are given have been checked.

/// Dims may be negative; a 0-dim tensor stays as it is.
Tensor transposedView(const Tensor& x, std::int64_t dim0, std::int64_t dim1);
Tensor permutedView(const Tensor& x, const IntList& dims);
/// Repeats dims of size 1, with stride 0.
Tensor expandedView(const Tensor& x, const Shape& shape);
/// Places start, start + step, … (`count` of them) along dim.
Tensor slicedView(const Tensor& x, std::size_t dim, std::int64_t start, std::int64_t step, std::int64_t count);
Tensor selectedView(const Tensor& x, std::size_t dim, std::int64_t index);
/// A new dim of size 1.
Tensor unsqueezedView(const Tensor& x, std::size_t dim);

/// The shape that Tensor.expand gives, -1 filled in.
/// @returns PyTorch's refusals, which quote the sizes that were asked for.
Result<Shape> expandedShape(const TensorType& x, std::span<const std::int64_t> sizes);

}  // namespace chainrule
