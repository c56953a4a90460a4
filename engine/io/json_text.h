// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

/// A string as JSON writes it, between quotes. Characters beyond ASCII stay as they are; a byte that is no
/// UTF-8 becomes U+FFFD, so that what is written can be read.
std::string quotedJson(std::string_view text);

/// A number in its shortest spelling that reads back the same, without ".0": "40", "0.5", "1e+20". For places
/// where ints and floats mean the same, and -0 is 0. Precondition: finite.
std::string jsonNumber(double value);

/// JSON on one line, with a blank behind each comma and colon; strings and numbers as they were written.
/// Precondition: it is JSON.
std::string compactJson(std::string_view json);

}  // namespace chainrule
