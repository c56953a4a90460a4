// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// What moves elements without computing: every bit arrives as it was.

/// The elements in row-major memory: `x` itself where they already are.
Tensor contiguous(const Tensor& x);
/// A copy; it keeps the order of a permuted tensor's dimensions in memory.
Tensor clone(const Tensor& x);
/// The parts behind each other along `dim`. They have one dtype, at least one dimension, and agree in the
/// other sizes.
Tensor concatenated(std::span<const Tensor> parts, std::size_t dim);
/// Zeros of that shape, with `part` at the places start, start + step, … along `dim`.
Tensor placedInZeros(const Tensor& part, const Shape& shape, std::size_t dim, std::int64_t start, std::int64_t step);
/// The elements of x where the mask, a bool of x's shape, is true, behind each other: (their number).
Tensor selected(const Tensor& x, const Tensor& mask);
/// x, but where the mask, a bool of x's shape, is true the elements of `source`, of x's dtype and of any shape, one after
/// the other. Precondition: there are enough of them.
Tensor replaced(const Tensor& x, const Tensor& mask, const Tensor& source);

}  // namespace chainrule::kernel
