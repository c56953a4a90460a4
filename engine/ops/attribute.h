// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chainrule {

/// Python's None. Its copying is spelled out for the sake of variants that hold it: those of GCC 12 that are made of standard
/// types alone take themselves for whole when a copy has failed for lack of memory, and end the program.
struct None {
    constexpr None() = default;
    constexpr None(const None&) noexcept {}
    constexpr None& operator=(const None&) noexcept { return *this; }
    constexpr bool operator==(const None&) const = default;
};
using IntList = std::vector<std::int64_t>;
using OptionalIntList = std::vector<std::optional<std::int64_t>>;
using IntListList = std::vector<std::vector<std::int64_t>>;
using FloatList = std::vector<double>;

/// An attribute's value. An int stays an int, and None is a value: `dim=None` is not `dim=0`. uint64 is for ints that
/// int64 does not hold.
using Attribute = std::variant<None, bool, std::int64_t, double, std::string, IntList, OptionalIntList, IntListList,
                               FloatList, DType, std::uint64_t>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

/// As Python spells it (`None`, `True`, `1e-05`, `[0, 1]`, `torch.float32`); reads back as the same value,
/// whatever the locale.
std::string python(const Attribute& attribute);

/// Precondition: it is a bool, an int or a float.
Scalar scalarOf(const Attribute& attribute);
/// The other way.
Attribute attributeOf(const Scalar& scalar);

}  // namespace chainrule
