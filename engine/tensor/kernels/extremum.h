// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// The largest or the smallest of many elements. NaN wins; of equals, the first. Inputs may have any strides,
// results are contiguous.

enum class Extremum { Max, Min };

/// 0-dim. Precondition: x.size() > 0.
Tensor extremum(const Tensor& x, Extremum which);
/// Its index in row-major order, int64. Precondition: x.size() > 0.
Tensor extremumIndex(const Tensor& x, Extremum which);

struct Extrema {
    Tensor values;
    Tensor indices;  ///< int64, counted along the dim.
};
/// Along `dim`, which is 0 for a 0-dim x. Precondition: that dim is not empty.
Extrema extrema(const Tensor& x, Extremum which, std::size_t dim, bool keepdim);

// Masks for the gradients: bool, and they say where the extremum was taken from.

/// Where x equals `value`, which is 0-dim and of its dtype; NaN equals NaN here.
Tensor tiedWith(const Tensor& x, const Tensor& value);
/// In `shape`: true at `indices`, as extrema() returns them, along `dim`.
Tensor takenAt(const Tensor& indices, const Shape& shape, std::size_t dim);

}  // namespace chainrule::kernel
