// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// Many elements become one. Inputs may have any strides, results are contiguous. `reduced` has one flag for
// each dimension of x.

/// The sum over the flagged dims of the elements as `dtype` has them: integers wrap, bools are or-ed.
/// Floats are added up in double, float64 along a balanced tree, and rounded once; so the error stays
/// far below (2 + log2 n) roundings of Σ|x|.
Tensor sum(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, DType dtype);
/// The sum divided by the number of elements that went into it; dtype is floating. NaN if there were none.
Tensor mean(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, DType dtype);
/// The sum over what broadcasting `shape` to x's shape would repeat, of integers in int64. Precondition: it
/// broadcasts.
Tensor sumTo(const Tensor& x, const Shape& shape);

}  // namespace chainrule::kernel
