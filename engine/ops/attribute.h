// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/dtype.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chainrule {

using None = std::monostate;
using IntList = std::vector<std::int64_t>;
using OptionalIntList = std::vector<std::optional<std::int64_t>>;
using IntListList = std::vector<std::vector<std::int64_t>>;
using FloatList = std::vector<double>;

/// An attribute's value. An int stays an int, and None is a value: `dim=None` is not `dim=0`.
using Attribute = std::variant<None, bool, std::int64_t, double, std::string, IntList, OptionalIntList, IntListList,
                               FloatList, DType>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

/// As Python spells it (`None`, `True`, `1e-05`, `[0, 1]`, `torch.float32`); reads back as the same value,
/// whatever the locale.
std::string python(const Attribute& attribute);

}  // namespace chainrule
