// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/json_string.h"

#include <string>
#include <string_view>

namespace chainrule {

/// A number in its shortest spelling that reads back the same, without ".0": "40", "0.5", "1e+20". For places
/// where ints and floats mean the same, and -0 is 0. Precondition: finite.
std::string jsonNumber(double value);

/// JSON on one line, with a blank behind each comma and colon; strings and numbers as they were written.
/// Precondition: it is JSON.
std::string compactJson(std::string_view json);

}  // namespace chainrule
