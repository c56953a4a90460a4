// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

/// A text as Python's repr spells a str: in single quotes, or in double ones where that saves escapes,
/// and what does not print escaped. A byte that is not UTF-8 stands as Python decodes it in file names:
/// '\udcff'.
std::string pythonString(std::string_view text);

/// A text that fits into one line of a message, whatever it held: valid UTF-8, with what does not print
/// escaped ("\n", "\xff").
std::string oneLine(std::string_view text);

/// Where `text` stops being UTF-8: the offset of the first byte of what is none, or its size.
std::size_t validUtf8(std::string_view text);

/// Latin-1, in which every byte is a character, as UTF-8.
std::string utf8FromLatin1(std::string_view text);

}  // namespace chainrule
