// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/value.h"

#include <cstdint>

namespace chainrule {

/// What a loss from logarithms of probabilities is made of, beside them: PyTorch's arguments of nll_loss.
struct NegativeLogs {
    Value target;  ///< A class for each place.
    Value weight;  ///< One for each class, or None.
    std::int64_t reduction;  ///< 0 none, 1 mean, 2 sum.
    std::int64_t ignored;
    Value total;   ///< Of the weights of all targets that count: what a mean divides by.
};

/// What nll_loss sends back to the logarithms, where it is recorded.
Value nllLossBackward(const Value& dy, const Value& logs, const NegativeLogs& how);
/// The sum of the weights of all targets that are not ignored, each 1 if there are no weights.
double totalWeight(const Tensor& target, const Tensor& weight, std::int64_t ignored);

}  // namespace chainrule
