// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

// binary_cross_entropy_with_logits. With s(x) = log(sigmoid(x)) it is weight · ((1-t)·x - (1 + (pos_weight-1)·t)·s(x)),
// then reduced; PyTorch computes these steps too, and gives the target's dtype.

/// Where target and input differ in shape: before PyTorch looks at any other argument.
Failure refusedTargetSize(const Shape& input, const Shape& target);
Result<Types> inferBinaryCrossEntropy(const Call<TensorType>& call);
Result<Tensors> forwardBinaryCrossEntropy(const Call<Tensor>& call);
Gradients binaryCrossEntropyVjp(const VjpCall& call);

}  // namespace chainrule
