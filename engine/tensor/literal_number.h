// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chainrule {

/// One number that a literal spells out in digits, and where it stands.
struct LiteralNumber {
    std::size_t offset;  ///< Of its first byte; signs right before the digits belong to it.
    std::size_t length;
    Scalar value;  ///< An int64 or a double, as the literal means it.
    bool isNegatedOutside = false;  ///< As in -(3).
};

/// Where element number `element` (row-major) of the first argument stands. Absent for what is no literal,
/// has no such element, or says it in words: True, nan, float('1'); also for ints beyond 64 bits.
std::optional<LiteralNumber> literalNumber(std::string_view text, std::int64_t element);

/// `text` with another value in the place of `number`, which was found in it; the rest keeps its spelling. An
/// int is written as an int; "3." becomes "4.", not "4.0".
std::string withNumber(std::string_view text, const LiteralNumber& number, Scalar value);

}  // namespace chainrule
