// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/string_text.h"

#include <cstdint>
#include <optional>

namespace chainrule {
namespace {

struct Character {
    char32_t code;
    std::size_t size;  // In bytes.
};

/// The first character of a text that is not empty, or nullopt where it is no UTF-8 (RFC 3629: no
/// surrogates, nothing spelled longer than need be).
std::optional<Character> firstOf(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return std::uint8_t(text[i]); };
    if (byte(0) < 0x80)
        return Character{byte(0), 1};
    const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < size)
        return std::nullopt;
    char32_t code = byte(0) & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return std::nullopt;
        code = code << 6 | (byte(i) & 0x3f);
    }
    const bool isOverlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    const bool isSurrogate = code >= 0xd800 && code < 0xe000;
    if (isOverlong || isSurrogate || code > 0x10ffff)
        return std::nullopt;
    return Character{code, size};
}

/// What str.isprintable() says no to, but for code points that Unicode has not assigned.
bool isPrinted(char32_t code)
{
    const auto isIn = [code](char32_t first, char32_t last) { return code >= first && code <= last; };
    return !(code < 0x20 || isIn(0x7f, 0xa0) || code == 0xad || code == 0x1680 || isIn(0x2000, 0x200f)
             || isIn(0x2028, 0x202f) || isIn(0x205f, 0x206f) || code == 0x3000 || code == 0xfeff
             || isIn(0xe000, 0xf8ff) || isIn(0xfff0, 0xfffb) || code >= 0xe0000);
}

std::string hex(char32_t code, int digits)
{
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        text += "0123456789abcdef"[code >> shift & 0xf];
    return text;
}

std::string escaped(char32_t code)
{
    switch (code) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
    }
    if (code < 0x100)
        return "\\x" + hex(code, 2);
    return code < 0x10000 ? "\\u" + hex(code, 4) : "\\U" + hex(code, 8);
}

}  // namespace

std::string pythonString(std::string_view text)
{
    const bool holdsSingle = text.find('\'') != std::string_view::npos;
    const char quote = holdsSingle && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string repr(1, quote);
    while (!text.empty()) {
        const auto character = firstOf(text);
        const std::size_t size = character ? character->size : 1;
        if (!character)
            repr += "\\udc" + hex(std::uint8_t(text[0]), 2);
        else if (!isPrinted(character->code))
            repr += escaped(character->code);
        else {
            if (text[0] == quote || text[0] == '\\')
                repr += '\\';
            repr += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    return repr + quote;
}

std::string oneLine(std::string_view text)
{
    std::string line;
    while (!text.empty()) {
        const auto character = firstOf(text);
        const std::size_t size = character ? character->size : 1;
        if (character && (isPrinted(character->code) || character->code == 0xa0))
            line += text.substr(0, size);
        else
            line += escaped(character ? character->code : std::uint8_t(text[0]));
        text.remove_prefix(size);
    }
    return line;
}

std::size_t validUtf8(std::string_view text)
{
    std::size_t offset = 0;
    while (offset < text.size()) {
        const auto character = firstOf(text.substr(offset));
        if (!character)
            break;
        offset += character->size;
    }
    return offset;
}

std::string utf8FromLatin1(std::string_view text)
{
    std::string utf8;
    for (const char c : text) {
        const auto byte = std::uint8_t(c);
        if (byte < 0x80)
            utf8 += c;
        else {
            utf8 += char(0xc0 | byte >> 6);
            utf8 += char(0x80 | (byte & 0x3f));
        }
    }
    return utf8;
}

}  // namespace chainrule
