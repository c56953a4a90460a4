// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/python_literal.h"

#include "engine/base/number_text.h"
#include "engine/base/string_text.h"

#include <algorithm>
#include <charconv>

namespace chainrule {
namespace {

using Kind = PythonLiteral::Kind;
using Literal = std::optional<PythonLiteral>;

constexpr std::size_t deepest = 200;      // Python's own limits; beyond, it says SyntaxError.
constexpr std::size_t mostDigits = 4300;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordPart(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

/// A bracket that is open, and what has been read behind it.
struct Open {
    char close;
    std::vector<PythonLiteral> items = {};
    bool endsWithComma = false;

    bool isDict() const { return close == '}'; }
    bool lacksValue() const { return isDict() && items.size() % 2 == 1; }
    bool mayClose() const { return !lacksValue() && (items.empty() || endsWithComma); }
};

/// Puts the last value of each key where the key stood first; false: a key that Python cannot hash.
bool makeKeysUnique(std::vector<PythonLiteral>& items)
{
    std::vector<PythonLiteral> unique;
    for (std::size_t i = 0; i < items.size(); i += 2) {
        const Kind kind = items[i].kind;
        if (kind == Kind::List || kind == Kind::Dict)
            return false;
        std::size_t at = 0;
        while (at < unique.size() && (unique[at].kind != kind || unique[at].repr != items[i].repr))
            at += 2;
        if (at == unique.size()) {
            unique.push_back(std::move(items[i]));
            unique.push_back(std::move(items[i + 1]));
        } else {
            unique[at + 1] = std::move(items[i + 1]);
        }
    }
    items = std::move(unique);
    return true;
}

/// What a closed bracket means. One value in parentheses is that value, unless a comma follows it.
Literal closed(Open open)
{
    if (open.close == ')' && open.items.size() == 1 && !open.endsWithComma)
        return std::move(open.items[0]);
    if (open.isDict() && !makeKeysUnique(open.items))
        return std::nullopt;
    PythonLiteral literal{open.close == ')' ? Kind::Tuple : open.isDict() ? Kind::Dict : Kind::List,
                          open.close == ')' ? "(" : open.isDict() ? "{" : "["};
    for (std::size_t i = 0; i < open.items.size(); ++i) {
        const bool isValue = open.isDict() && i % 2 == 1;
        literal.repr += (i == 0 ? "" : isValue ? ": " : ", ") + open.items[i].repr;
    }
    if (literal.kind == Kind::Tuple && open.items.size() == 1)
        literal.repr += ',';
    literal.repr += open.close;
    literal.items = std::move(open.items);
    return literal;
}

std::string bytesRepr(std::string_view bytes)
{
    std::string repr = "b'";
    for (const char c : bytes) {
        if (c == '\'' || c == '\\')
            repr += '\\';
        repr += c;
    }
    return repr + "'";
}

/// An integer without its sign, in any of Python's bases.
Literal integer(std::string_view digits, bool isNegative)
{
    int base = 10;
    if (digits.size() > 2 && digits[0] == '0') {
        const char mark = char(digits[1] | 0x20);
        base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
        if (base != 10)
            digits.remove_prefix(2);
    }
    const bool isZero = digits.find_first_not_of('0') == std::string_view::npos;
    if (digits.empty() || (base == 10 && ((digits[0] == '0' && !isZero) || digits.size() > mostDigits)))
        return std::nullopt;
    const std::string text = (isNegative ? "-" : "") + std::string(digits);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error == std::errc::invalid_argument || end != text.data() + text.size())
        return std::nullopt;
    if (error == std::errc::result_out_of_range)
        return base == 10 ? Literal({Kind::Int, text}) : std::nullopt;
    return PythonLiteral{Kind::Int, std::to_string(value), {}, value};
}

/// A number without its sign, from a word that begins with a digit or a point.
Literal number(std::string_view word, bool isNegative, Python version)
{
    std::string digits;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] != '_')
            digits += word[i];
        else if (i == 0 || i + 1 == word.size() || word[i - 1] == '_' || word[i + 1] == '_')
            return std::nullopt;
    }
    if (version == Python::Two && digits.size() > 1 && digits.back() == 'L')
        digits.pop_back();
    if (auto whole = integer(digits, isNegative))
        return whole;
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool isFraction = digits.find_first_of(".eE") != std::string::npos;
    if (error != std::errc() || end != digits.data() + digits.size() || !isFraction)
        return std::nullopt;
    return PythonLiteral{Kind::Float, pythonFloat(isNegative ? -value : value)};
}

class Parser {
public:
    Parser(std::string_view text, Python version) : m_text(text), m_version(version) {}

    /// Not recursive: how deep brackets nest is decided by the file.
    Literal parse()
    {
        std::vector<Open> stack;
        while (true) {
            skipBlanks();
            if (const char close = openedBracket()) {
                if (stack.size() == deepest)
                    return std::nullopt;
                stack.push_back({close});
                continue;
            }
            const bool closes = !stack.empty() && stack.back().mayClose() && take(stack.back().close);
            Literal value = closes ? popped(stack) : atom();
            while (true) {  // A value may complete its bracket, and that one the next.
                if (!value)
                    return std::nullopt;
                skipBlanks();
                if (stack.empty())
                    return m_text.empty() ? value : std::nullopt;
                Open& open = stack.back();
                open.items.push_back(*std::move(value));
                const bool isKey = open.lacksValue();
                open.endsWithComma = !isKey && take(',');
                if (open.endsWithComma || (isKey && take(':')))
                    break;
                if (isKey || !take(open.close))
                    return std::nullopt;
                value = popped(stack);
            }
        }
    }

private:
    static Literal popped(std::vector<Open>& stack)
    {
        Open open = std::move(stack.back());
        stack.pop_back();
        return closed(std::move(open));
    }

    bool take(char c)
    {
        if (!m_text.starts_with(c))
            return false;
        m_text.remove_prefix(1);
        return true;
    }

    char openedBracket()
    {
        return take('(') ? ')' : take('[') ? ']' : take('{') ? '}' : '\0';
    }

    void skipBlanks()
    {
        while (!m_text.empty()) {
            if (m_text[0] == '#')
                m_text.remove_prefix(std::min(m_text.find('\n'), m_text.size()));
            else if (std::string_view(" \t\f\r\n").find(m_text[0]) != std::string_view::npos)
                m_text.remove_prefix(1);
            else if (m_text.starts_with("\\\n"))
                m_text.remove_prefix(2);
            else
                return;
        }
    }

    std::string_view takeWord()
    {
        std::size_t size = 0;
        while (size < m_text.size() && isWordPart(m_text[size])) {
            const bool isExponent = isDigit(m_text[0]) && (m_text[size] | 0x20) == 'e';
            const bool isSigned = size + 1 < m_text.size()
                                  && (m_text[size + 1] == '-' || m_text[size + 1] == '+');
            size += isExponent && isSigned ? 2 : 1;
        }
        const std::string_view word = m_text.substr(0, size);
        m_text.remove_prefix(size);
        return word;
    }

    Literal atom()
    {
        if (m_text.starts_with("..."))
            return m_text.remove_prefix(3), PythonLiteral{Kind::Ellipsis, "Ellipsis"};
        const bool isNegative = take('-');
        const bool isSigned = isNegative || take('+');
        if (isSigned)
            skipBlanks();
        const std::string_view word = takeWord();
        if (!word.empty() && (isDigit(word[0]) || word[0] == '.'))
            return number(word, isNegative, m_version);
        if (isSigned)
            return std::nullopt;
        if (m_text.starts_with('\'') || m_text.starts_with('"'))
            return string(word);
        if (word == "None")
            return PythonLiteral{Kind::None, "None"};
        if (word == "True" || word == "False")
            return PythonLiteral{Kind::Bool, std::string(word), {}, word == "True"};
        return std::nullopt;
    }

    Literal string(std::string_view prefix)
    {
        const bool isRaw = prefix == "r" || prefix == "R";
        const bool isBytes = prefix == "b" || prefix == "B";
        if (!prefix.empty() && !isRaw && !isBytes && prefix != "u" && prefix != "U")
            return std::nullopt;
        const char quote = m_text[0];
        m_text.remove_prefix(1);
        std::string characters;
        while (!take(quote)) {
            if (m_text.empty() || m_text[0] == '\n')
                return std::nullopt;
            if (!take('\\')) {
                characters += m_text[0];
                m_text.remove_prefix(1);
            } else if (isRaw || !takeEscape(characters)) {
                return std::nullopt;
            }
        }
        return isBytes ? PythonLiteral{Kind::Bytes, bytesRepr(characters)}
                       : PythonLiteral{Kind::String, pythonString(characters), characters};
    }

    /// Behind a backslash. Not read: characters by octal number, beyond ASCII, or by name.
    bool takeEscape(std::string& characters)
    {
        constexpr std::string_view names = "'\"\\abfnrtv";
        constexpr std::string_view meanings = "'\"\\\a\b\f\n\r\t\v";
        if (m_text.empty() || std::string_view("01234567NuU\n").find(m_text[0]) != std::string_view::npos)
            return false;
        if (const std::size_t i = names.find(m_text[0]); i != std::string_view::npos) {
            characters += meanings[i];
            m_text.remove_prefix(1);
            return true;
        }
        if (m_text[0] != 'x') {
            characters += '\\';  // Python keeps the backslash that means nothing.
            return true;
        }
        unsigned code = 0;
        if (m_text.size() < 3)
            return false;
        const auto end = std::from_chars(m_text.data() + 1, m_text.data() + 3, code, 16);
        if (end.ptr != m_text.data() + 3 || code >= 0x80)
            return false;
        characters += char(code);
        m_text.remove_prefix(3);
        return true;
    }

    std::string_view m_text;
    Python m_version;
};

}  // namespace

std::optional<PythonLiteral> parsePythonLiteral(std::string_view text, Python version)
{
    if (text.find('\0') != std::string_view::npos)  // Python reads no source that holds one.
        return std::nullopt;
    return Parser(text, version).parse();
}

}  // namespace chainrule
