// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/vjp_card.h"

#include <string>
#include <string_view>

namespace chainrule {

/// A text of a record with the graph's names for `x`, `y`, parameters and their gradients, and in mathematical signs:
/// "dx = dy * y * (1 - y)" is "∂L/∂z = ∂L/∂g · g · (1 − g)".
std::string renamed(std::string_view text, const Op& op, const CardNames& names);

/// "∂L/∂z += ∂L/∂g · g · (1 − g)": what an operation sends to an input, and over which dims that is summed.
std::string ruleText(const Op& op, std::size_t input, const CardNames& names,
                     std::span<const std::int64_t> summedDims);

/// "dim 0", "dims 0 and 1".
std::string dimsText(std::span<const std::int64_t> dims);

/// "∂L/∂z".
std::string gradientOf(std::string_view name);

}  // namespace chainrule
