// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// How far apart elements are, and how far from 0. Inputs are floating and may have any strides; `reduced` has one
// flag for each dimension of x. All is computed in double and rounded once, to x's dtype.

/// How many elements of a tensor of `shape` become one.
std::int64_t reducedCount(const Shape& shape, const InlineVector<bool, 16>& reduced);

/// The sum of the squared deviations from the mean, divided by max(0, n - correction); 0 for equal elements, and NaN
/// for those divided by 0 and for no elements.
Tensor variance(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double correction);
/// Its square root.
Tensor deviation(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double correction);

/// (Σ|x|^p)^(1/p); for p = 0 how many are not 0, for ±inf the largest or the smallest |x|. 0 for no elements.
Tensor norm(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double p);

}  // namespace chainrule::kernel
