// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::sample {

// Inputs for the samples of op records. Small and always the same.

/// Distinct values between -2 and 2 that look random, none nearer to 0 than 0.05; `variant` gives others.
Tensor values(const Shape& shape, unsigned variant = 0);
/// Likewise between 0.1 and 3.
Tensor positive(const Shape& shape, unsigned variant = 0);
/// int64 from `low` up to, not including, `high`.
Tensor integers(const Shape& shape, std::int64_t low, std::int64_t high, unsigned variant = 0);
/// bool, true and false mixed.
Tensor booleans(const Shape& shape, unsigned variant = 0);
/// float64, 1-dim.
Tensor vector(std::initializer_list<double> values);
/// float64, 0-dim.
Tensor scalar(double value);
/// Elements 0, 2, 4, … of a vector, in its memory: not contiguous.
Tensor everySecond(const Tensor& vector);
/// The same values in memory the other way round: not contiguous if it has two dimensions of size ≥ 2.
Tensor transposed(const Tensor& matrix);

}  // namespace chainrule::sample
