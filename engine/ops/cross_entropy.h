// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

// cross_entropy, for its record in loss.cpp.
//
// Both of its forms are one formula: y = -(sum of m * log(softmax(x)) over the classes), where m is the target
// with weight and smoothing worked in. For classes m is 0 but at the target, and a constant.

Result<Types> inferCrossEntropy(const Call<TensorType>& call);
Result<Tensors> forwardCrossEntropy(const Call<Tensor>& call);
Gradients crossEntropyVjp(const VjpCall& call);
Failure refusedCrossEntropyVjp(const VjpCall& call);
std::string_view crossEntropyGradFn(const Call<Value>& call, const Tensor& output);

/// ValueError "foo is not a valid value for reduction".
Failure refusedReduction(const Attributes& attributes);

}  // namespace chainrule
