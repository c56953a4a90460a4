// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/name.h"

#include "engine/base/json_string.h"

#include <algorithm>
#include <array>

namespace chainrule {
namespace {

constexpr std::array<std::string_view, 35> keywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool isPythonKeyword(std::string_view word) { return std::ranges::binary_search(keywords, word); }

bool isName(std::string_view text)
{
    return !text.empty() && isLetter(text.front())
           && std::ranges::all_of(text, [](char c) { return isLetter(c) || isDigit(c); })
           && !isPythonKeyword(text);
}

std::optional<std::string> nameComplaint(std::string_view text)
{
    if (isName(text))
        return std::nullopt;
    return shown(text)
           + (isPythonKeyword(text) ? " is a keyword of Python" : " is no ASCII Python identifier");
}

}  // namespace chainrule
