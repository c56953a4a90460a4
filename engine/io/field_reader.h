// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/json_string.h"
#include "engine/graph/layout.h"
#include "engine/io/json_tree.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// What is wrong with a field's value, to stand behind its name: "must be a string". Empty: nothing.
using Complaint = std::optional<std::string>;

/// Each takes a field's value if its JSON type is the right one.
Complaint take(const JsonValue& value, bool& out);
Complaint take(const JsonValue& value, std::string& out);
Complaint take(const JsonValue& value, Point& out);
Complaint take(const JsonValue& value, std::optional<Point>& out);
Complaint take(const JsonValue& value, std::optional<Size>& out);
Complaint take(const JsonValue& value, std::vector<Point>& out);
Complaint take(const JsonValue& value, std::vector<std::string>& out);
/// An int from 0, or null.
Complaint take(const JsonValue& value, std::optional<std::int64_t>& out);
/// True, false, or null.
Complaint take(const JsonValue& value, std::optional<bool>& out);

/// Keeps a field that Chainrule does not know.
Complaint keep(std::string_view key, const JsonValue& value, RawFields& out);

}  // namespace chainrule
