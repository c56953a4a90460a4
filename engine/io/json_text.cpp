// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/json_text.h"

#include <charconv>
#include <cstddef>

namespace chainrule {

std::string jsonNumber(double value)
{
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value + 0.0);  // Makes -0 a 0.
    return {digits, end.ptr};
}

std::string compactJson(std::string_view json)
{
    std::string out;
    bool isInString = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (isInString) {
            out += c;
            if (c == '\\')
                out += json[++i];
            isInString = c != '"';
        } else if (c == ',' || c == ':') {
            out += c;
            out += ' ';
        } else if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            out += c;
            isInString = c == '"';
        }
    }
    return out;
}

}  // namespace chainrule
