// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule::kernel {

// Element by element. Operands broadcast, may be Python numbers, and are brought to `dtype`, the dtype that
// the operation computes in, before anything else. Integers wrap modulo 2^n.

/// To another dtype as `Tensor.to` converts: floats truncate toward zero, and what does not fit follows
/// x86 (semantics of PyTorch's casts). The tensor itself where the dtype is already right.
Tensor cast(const Tensor& x, DType dtype);

/// a + alpha·b, for bool a ∨ (alpha ∧ b).
Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype);
Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha, DType dtype);
Tensor mul(const Tensor& a, const Tensor& b, DType dtype);
/// True division; dtype is floating.
Tensor div(const Tensor& a, const Tensor& b, DType dtype);
enum class Rounding { Floor, Trunc };
/// @returns RuntimeError "ZeroDivisionError" for an integer divided by zero.
Result<Tensor> div(const Tensor& a, const Tensor& b, Rounding rounding, DType dtype);
Tensor pow(const Tensor& a, const Tensor& exponent, DType dtype);
/// NaN where either is.
Tensor maximum(const Tensor& a, const Tensor& b, DType dtype);
Tensor minimum(const Tensor& a, const Tensor& b, DType dtype);

/// Likewise, but of equals x, where the others answer with their second operand: -0 stays.
Tensor atLeast(const Tensor& x, const Tensor& bound, DType dtype);
Tensor atMost(const Tensor& x, const Tensor& bound, DType dtype);

Tensor neg(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor sign(const Tensor& x);
Tensor relu(const Tensor& x);

// dtype is floating.
Tensor exp(const Tensor& x, DType dtype);
Tensor log(const Tensor& x, DType dtype);
Tensor sqrt(const Tensor& x, DType dtype);
Tensor sin(const Tensor& x, DType dtype);
Tensor cos(const Tensor& x, DType dtype);
Tensor sigmoid(const Tensor& x, DType dtype);
/// log(sigmoid(x)), exact where sigmoid rounds to 0 or 1.
Tensor logSigmoid(const Tensor& x, DType dtype);
Tensor tanh(const Tensor& x, DType dtype);

enum class Comparison { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };
/// bool; compared in `dtype`.
Tensor compare(const Tensor& a, const Tensor& b, Comparison comparison, DType dtype);

/// a where the condition (bool or uint8) holds, b elsewhere.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b, DType dtype);

}  // namespace chainrule::kernel
