// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/inline_vector.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace chainrule {

/// Sizes by dimension. Empty: 0-dim, one element.
using Shape = InlineVector<std::int64_t, 4>;
/// Distance between neighbours along each dimension, in elements. 0: broadcast.
using Strides = InlineVector<std::int64_t, 4>;

inline constexpr std::size_t maxRank = limits::dimensions;

/// The number of elements. Precondition: checked(shape) succeeded where the shape came from outside.
std::int64_t elementCount(const Shape& shape);

/// Refuses negative sizes, more than 16 dimensions and element counts whose bytes do not fit in 63 bits.
Failure checked(const Shape& shape);

Strides contiguousStrides(const Shape& shape);

/// "[2, 3]", as PyTorch's messages print sizes.
std::string text(std::span<const std::int64_t> sizes);
/// "torch.Size([2, 3])".
std::string sizeText(const Shape& shape);

/// The shape that both broadcast to.
/// @returns RuntimeError "The size of tensor a (3) must match the size of tensor b (2) at
/// non-singleton dimension 1".
Result<Shape> broadcast(const Shape& a, const Shape& b);

/// `dim` counted from the front, for a tensor of that rank; a 0-dim tensor counts as having one.
/// @returns IndexError "Dimension out of range (expected to be in range of [-2, 1], but got 2)".
Result<std::size_t> wrappedDim(std::int64_t dim, std::size_t rank);

/// One flag per dimension for a list of dims; RuntimeError "dim 0 appears multiple times in the list of
/// dims".
Result<InlineVector<bool, 16>> dimMask(std::span<const std::int64_t> dims, std::size_t rank);

/// The shape after reducing the flagged dims.
Shape reducedShape(const Shape& shape, const InlineVector<bool, 16>& reduced, bool keepdim);

/// Strides with which the same elements in the same order show as `to`, or nullopt where only a copy
/// can (PyTorch's rule for view).
std::optional<Strides> viewStrides(const Shape& from, const Strides& strides, const Shape& to);

}  // namespace chainrule
