// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// Along `dim`, which is 0 for a 0-dim x; computed in `dtype`, which is floating. The largest element is
// subtracted first, so that nothing overflows; a slice of -inf alone gives NaN. Results are contiguous.

/// exp(x) / Σ exp(x).
Tensor softmax(const Tensor& x, std::size_t dim, DType dtype);
/// x - log Σ exp(x).
Tensor logSoftmax(const Tensor& x, std::size_t dim, DType dtype);

}  // namespace chainrule::kernel
