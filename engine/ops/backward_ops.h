// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/value.h"

#include <cstdint>
#include <string_view>

namespace chainrule {

// Gradients that PyTorch computes in one step, under a name of their own: it shows in `grad_fn` where a gradient is
// differentiated again. `dy` is the upstream gradient, `y` the operation's output. While nothing is recorded these
// are the plain formulas.

/// dy, but 0 where y ≤ 0; dy at NaN.
Value reluBackward(const Value& dy, const Value& y);
/// dy · (1 − y) · y
Value sigmoidBackward(const Value& dy, const Value& y);
/// dy · (1 − y²)
Value tanhBackward(const Value& dy, const Value& y);
/// dy · sigmoid(−x)
Value logSigmoidBackward(const Value& dy, const Value& x);
/// y · (dy − Σ dy · y along dim)
Value softmaxBackward(const Value& dy, const Value& y, std::int64_t dim);
/// dy − exp(y) · Σ dy along dim
Value logSoftmaxBackward(const Value& dy, const Value& y, std::int64_t dim);
/// dy · 2 (x − target), over their number where `reduction` is "mean"
Value mseLossBackward(const Value& dy, const Value& x, const Value& target, std::string_view reduction);

}  // namespace chainrule
