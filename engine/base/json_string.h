// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

/// A string as JSON writes it, between quotes. Characters beyond ASCII stay as they are; a byte that is no
/// UTF-8 becomes U+FFFD, so that what is written can be read.
std::string quotedJson(std::string_view text);

/// A text of the user's for use in a message: so quoted, and not all of it if it is long.
std::string shown(std::string_view text);

}  // namespace chainrule
