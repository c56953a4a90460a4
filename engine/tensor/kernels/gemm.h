// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

/// A matrix somewhere in memory; strides in elements.
struct MatrixView {
    const std::byte* data;
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t rowStride;
    std::int64_t columnStride;
};

/// product (row-major, a.rows × b.columns) = a · b, all of `dtype`. The halves sum in float32, integers wrap
/// modulo 2^n. The only place that knows which library multiplies matrices.
/// Precondition: a.columns == b.rows.
void gemm(DType dtype, const MatrixView& a, const MatrixView& b, std::byte* product);

/// torch.matmul of operands whose ranks, sizes and dtypes have been checked: vectors count as a row on the
/// left and as a column on the right, batches broadcast. The dtypes may differ where one is empty: it is that of b.
Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace chainrule::kernel
