// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainrule {

/// Whether Python has the word for itself: `lambda`, `None`. Soft keywords such as `match` may be names.
bool isPythonKeyword(std::string_view word);

/// Whether nodes and groups may be called that: an ASCII Python identifier, no keyword.
bool isName(std::string_view text);

/// Why nothing may be called that: `"lambda" is a keyword of Python`; nullopt where isName().
std::optional<std::string> nameComplaint(std::string_view text);

}  // namespace chainrule
