// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/json_tree.h"
#include "engine/ops/attribute.h"

#include <optional>
#include <string>

namespace chainrule {

/// The attribute that a JSON value says, by its JSON type: 2 is an int, 2.0 a float, "float32" a string. An
/// empty list is one of ints; a list of numbers of which one is a float, "nan", "inf" or "-inf" is one of
/// floats.
/// @returns nothing for what no attribute holds: objects, mixed lists, ints beyond 64 bits.
std::optional<Attribute> attributeFromJson(const JsonValue& value);

/// The JSON that reads back as `attribute`, but for a dtype, which reads back as its name, for a single float
/// that is not finite, which reads back as a string, and for empty lists.
std::string jsonFromAttribute(const Attribute& attribute);

}  // namespace chainrule
