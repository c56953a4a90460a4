// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace chainrule {

/// An input of a node that is repeated to meet the others, and whose gradient is therefore summed.
struct BroadcastInput {
    std::size_t input;  ///< Of the call.
    Tensor tensor;
    Shape to;
    std::vector<std::int64_t> dims;  ///< Those of `to` in which it is repeated.
};

/// A column (n, 1) and a vector (n): each is repeated to (n, n), where elements were meant to meet in pairs.
struct AccidentalBroadcast {
    std::size_t column;
    std::size_t vector;
    std::int64_t size;
};

/// What broadcasting does in one node.
struct Broadcasting {
    std::vector<BroadcastInput> inputs;
    std::optional<AccidentalBroadcast> accident;
};

/// Empty where elements do not meet, or meet in equal shapes, or the node failed.
Broadcasting broadcastingOf(const Evaluation& evaluation, NodeId node);

}  // namespace chainrule
