// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/json_string.h"

#include <cstddef>

namespace chainrule {
namespace {

bool continues(std::string_view text, std::size_t i, unsigned char low = 0x80, unsigned char high = 0xBF)
{
    return i < text.size() && static_cast<unsigned char>(text[i]) >= low
           && static_cast<unsigned char>(text[i]) <= high;
}

/// The length of the character that begins at `i`, by table 3-7 of the Unicode standard; 0 if none does.
std::size_t characterLength(std::string_view text, std::size_t i)
{
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return continues(text, i + 1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
        return continues(text, i + 1, low, high) && continues(text, i + 2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
        return continues(text, i + 1, low, high) && continues(text, i + 2) && continues(text, i + 3) ? 4 : 0;
    }
    return 0;
}

void appendControl(std::string& out, char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default: break;
    }
    out += "\\u00";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[c & 0xF];
}

}  // namespace

std::string quotedJson(std::string_view text)
{
    std::string out = "\"";
    out.reserve(text.size() + 2);
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const std::size_t length = characterLength(text, i);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            appendControl(out, c);
        } else {
            out += text.substr(i, length);
        }
        i += length == 0 ? 1 : length;
    }
    return out += '"';
}

std::string shown(std::string_view text)
{
    constexpr std::size_t most = 60;
    if (text.size() <= most)
        return quotedJson(text);
    std::size_t end = most;
    while ((text[end] & 0xC0) == 0x80)  // Not inside a character.
        --end;
    return quotedJson(std::string(text.substr(0, end)) + "…");
}

}  // namespace chainrule
