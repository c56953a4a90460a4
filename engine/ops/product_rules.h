// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

// What PyTorch accepts as a product of matrices. Which of its kernels it takes decides the words of a
// refusal, so the rules follow its choice: dot, mv, mm, bmm or addmm.

Result<Types> inferDot(const Call<TensorType>& call);
Result<Types> inferMatmul(const Call<TensorType>& call);
Result<Types> inferLinear(const Call<TensorType>& call);

/// Whether PyTorch makes one large matrix of all batches: always where the smaller side requires grad, else
/// where that takes no copy.
bool isFolded(const TensorType& a, const TensorType& b);
/// Whether F.linear adds the bias in the product's own kernel, addmm, with all but the last dim of x as rows:
/// then it is expanded to that matrix and not to the output.
bool isFusedBias(const TensorType& x, const TensorType& bias);

}  // namespace chainrule
