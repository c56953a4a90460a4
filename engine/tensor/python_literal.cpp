// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/python_literal.h"

#include "engine/tensor/python_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace chainrule {
namespace {

using Kind = PythonValue::Kind;

/// Brackets around a single value while the text is read; taken out at the end.
constexpr Kind group{0xff};

constexpr std::size_t deepest = 200;  // Open brackets that Python's tokenizer allows, the call's included.
constexpr std::size_t mostDigits = 4300;  // Of a decimal int in Python.

constexpr std::string_view keywords[] = {
    "and",    "as",   "assert", "async",  "await",    "break", "class", "continue", "def",    "del", "elif",
    "else",   "except", "finally", "for", "from",     "global", "if",   "import",   "in",     "is",  "lambda",
    "nonlocal", "not", "or",    "pass",   "raise",    "return", "try",  "while",    "with",   "yield"};

constexpr std::string_view prefixes[] = {"await", "lambda", "not"};  // Where a value is expected.
constexpr std::string_view otherStrings[] = {"b", "br", "rb", "f", "fr", "rf"};
constexpr std::string_view infixes[] = {"and", "async", "for", "if", "in", "is", "not", "or"};

bool isOneOf(std::span<const std::string_view> words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

Error errorAt(Error::Kind kind, std::string message, std::size_t offset)
{
    return {kind, std::move(message), {}, offset};
}

std::string withoutUnderscores(std::string_view digits)
{
    std::string plain(digits);
    std::erase(plain, '_');
    return plain;
}

/// Reads tokens and builds values in one pass without recursion. As in Python, an error of the tokenizer
/// anywhere in the text comes first, then the grammar, then what evaluation finds.
class Parser {
public:
    explicit Parser(std::string_view text) : m_text(text) {}

    Result<PythonLiteral> parse()
    {
        m_values.push_back({Kind::Tuple});
        m_open.push_back({'('});
        while (skipBlanks())
            readToken();
        if (m_tokenError)
            return *m_tokenError;
        // Python blames the bracket unless the grammar is broken on the bracket's own line.
        if (m_open.size() > 1 && !(m_grammarError && m_isPlainError && m_grammarLine == m_open.back().line))
            return errorAt(Error::Kind::SyntaxError, quoted(m_open.back().bracket) + " was never closed",
                           m_open.back().offset);
        if (m_isParsing && !m_signs.empty())
            failGrammar("invalid syntax");
        if (m_grammarError)
            return *m_grammarError;
        if (m_error)
            return *m_error;
        m_values[0].bits = m_open[0].length;
        std::erase_if(m_values, [](const PythonValue& value) { return value.kind == group; });
        return std::move(m_values);
    }

private:
    /// A bracket that is not closed yet; the first one is the call's own.
    struct Open {
        char bracket;
        std::size_t offset = 0;
        std::size_t line = 1;
        std::size_t value = 0;  ///< Index of what it opens.
        std::uint64_t length = 0;
        bool hasComma = false;
        bool isFloatCall = false;
        std::string signs = {};  ///< What stands before it.
    };

    char peek(std::size_t ahead = 0) const
    {
        return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0';
    }
    static std::string quoted(char c) { return std::string("'") + c + "'"; }

    void failToken(std::string message) { failToken(std::move(message), m_at); }
    void failToken(std::string message, std::size_t offset)
    {
        if (!m_tokenError)
            m_tokenError = errorAt(Error::Kind::SyntaxError, std::move(message), offset);
    }
    void failGrammar(std::string message)
    {
        m_isPlainError = message == "invalid syntax";
        m_grammarLine = m_line;
        m_grammarError = errorAt(Error::Kind::SyntaxError, std::move(message), m_start);
        m_isParsing = false;
    }
    /// Python that is correct, but no literal.
    void refuse(std::string_view what)
    {
        fail(Error::Kind::SyntaxError,
             "only numbers, True, False, None, strings, lists and tuples can stand here, not '"
                 + std::string(what) + "'");
        m_isRefused = true;
        m_isParsing = false;
    }
    void fail(Error::Kind kind, std::string message) { fail(kind, std::move(message), m_start); }
    void fail(Error::Kind kind, std::string message, std::size_t offset)
    {
        if (!m_error)
            m_error = errorAt(kind, std::move(message), offset);
    }

    /// @returns whether a token follows.
    bool skipBlanks()
    {
        while (m_at < m_text.size() && !m_tokenError) {
            const char c = m_text[m_at];
            if (c == '#') {
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            } else if (c == '\\') {
                const std::size_t end = m_at + (peek(1) == '\r' ? 2 : 1);
                if (end >= m_text.size() || m_text[end] != '\n')
                    failToken("unexpected character after line continuation character", m_at + 1);
                m_at = end;
            } else if (isBlank(c) && c != '\v') {
                m_line += c == '\n';
                ++m_at;
            } else {
                return true;
            }
        }
        return false;
    }

    void readToken()
    {
        m_start = m_at;
        const char c = peek();
        if (isDigit(c) || (c == '.' && isDigit(peek(1))))
            return readNumber();
        if (c == '\'' || c == '"')
            return readString(true);
        if (isLetter(c))
            return readName();
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f)
            return readForeign();
        ++m_at;
        if (c == '[' || c == '(' || c == '{')
            open(c);
        else if (c == ']' || c == ')' || c == '}')
            close(c);
        else if (m_isParsing && c == ',')
            separate();
        else if (m_isParsing)
            readOperator(c);
    }

    void readOperator(char c)
    {
        constexpr std::string_view unary = "~*";
        constexpr std::string_view binary = "+-*/%@<>&|^.=";
        if (m_expectsValue && (c == '+' || c == '-'))
            m_signs += c;
        else if (m_expectsValue && m_text.substr(m_start, 3) == "...")
            refuse("...");
        else if ((m_expectsValue ? unary : binary).find(c) != std::string_view::npos)
            refuse(std::string_view(&c, 1));
        else
            failGrammar("invalid syntax");
    }

    /// Control characters and everything beyond ASCII: typographic quotes, blanks from web pages.
    void readForeign()
    {
        const auto lead = static_cast<unsigned char>(peek());
        if (lead == 0)
            return failToken("source code string cannot contain null bytes");
        const int length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
        const std::string_view bytes = m_text.substr(m_at, std::size_t(length));
        unsigned code = length <= 1 ? lead : lead & (0xff >> (length + 1));
        for (std::size_t i = 1; i < bytes.size(); ++i)
            code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3f);
        if (length == 0 || bytes.size() < std::size_t(length))
            return failToken("invalid character: the text is not UTF-8");
        char digits[8];
        const auto end = std::to_chars(digits, digits + sizeof digits, code, 16).ptr;
        std::string number(digits, end);
        std::transform(number.begin(), number.end(), number.begin(),
                       [](char c) { return c >= 'a' ? char(c - 'a' + 'A') : c; });
        number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
        const bool isVisible = code > 0xa0 && code != 0xad && code != 0x3000 && code != 0xfeff
                               && (code < 0x2000 || code > 0x200f) && (code < 0x2028 || code > 0x202f);
        failToken(isVisible ? "invalid character '" + std::string(bytes) + "' (U+" + number + ")"
                            : "invalid non-printable character U+" + number);
    }

    void open(char bracket)
    {
        if (m_open.size() == deepest)
            return failToken("too many nested parentheses", m_start);
        const bool isFloatCall = std::exchange(m_isFloatCall, false);
        if (m_isParsing && bracket == '{')
            refuse("{");
        if (m_values.size() == m_endOfUnknown && !m_expectsValue)
            m_isParsing = false;  // A call, or an index: Python looks for the name first.
        if (m_isParsing && !m_expectsValue)
            failGrammar("invalid syntax. Perhaps you forgot a comma?");
        if (m_isParsing)
            m_values.push_back({bracket == '[' ? Kind::List : Kind::Tuple, false, std::uint32_t(m_start)});
        m_open.push_back({bracket, m_start, m_line, m_values.size() - 1, 0, false, isFloatCall,
                          std::exchange(m_signs, {})});
    }

    void close(char bracket)
    {
        const char opening = bracket == ']' ? '[' : bracket == ')' ? '(' : '{';
        if (m_open.size() == 1)
            return failToken("unmatched " + quoted(bracket), m_start);
        Open frame = std::move(m_open.back());
        if (frame.bracket != opening) {
            const std::string line = frame.line == m_line ? "" : " on line " + std::to_string(frame.line);
            return failToken("closing parenthesis " + quoted(bracket) + " does not match opening parenthesis "
                                 + quoted(frame.bracket) + line,
                             m_start);
        }
        m_open.pop_back();
        if (!m_isParsing)
            return;
        if (!m_signs.empty())
            return failGrammar("invalid syntax");
        PythonValue& value = m_values[frame.value];
        if (frame.isFloatCall)
            callFloat(frame);
        else if (bracket == ')' && frame.length == 1 && !frame.hasComma)
            value.kind = group;
        else
            value.bits = frame.length;
        m_signs = std::move(frame.signs);
        finish(frame.value);
    }

    void separate()
    {
        if (m_expectsValue)
            return failGrammar("invalid syntax");
        m_open.back().hasComma = true;
        m_expectsValue = true;
    }

    void add(PythonValue value)
    {
        if (!m_isParsing)
            return;
        if (!m_expectsValue) {
            if (value.kind == Kind::Str && m_values.back().kind == Kind::Str) {
                m_values.back().bits += value.bits;  // 'a' 'b' is one string.
                m_lastString += m_string;
                return;
            }
            return failGrammar("invalid syntax. Perhaps you forgot a comma?");
        }
        if (value.kind == Kind::Str)
            m_lastString = m_string;
        value.offset = std::uint32_t(m_start);
        m_values.push_back(value);
        finish(m_values.size() - 1);
    }

    /// Called when a value is complete: the signs before it apply.
    void finish(std::size_t index)
    {
        while (m_values[index].kind == group)
            ++index;
        for (; !m_signs.empty(); m_signs.pop_back())
            applySign(m_values[index], m_signs.back());
        ++m_open.back().length;
        m_expectsValue = false;
    }

    void applySign(PythonValue& value, char sign)
    {
        const bool isNegative = sign == '-';
        switch (value.kind) {
        case Kind::Bool:
            value.kind = Kind::Int;
            [[fallthrough]];
        case Kind::Int:
            value.isNegative = value.bits != 0 && value.isNegative != isNegative;
            break;
        case Kind::HugeInt:
        case Kind::Float:
            value = floating(isNegative ? -value.number() : value.number(), value.kind, value.offset);
            break;
        default:
            fail(Error::Kind::TypeError, "bad operand type for unary " + std::string(1, sign) + ": '"
                                             + std::string(typeName(value)) + "'", value.offset);
        }
    }

    void callFloat(const Open& frame)
    {
        double number = 0;
        std::size_t argument = frame.value + 1;
        while (argument < m_values.size() && m_values[argument].kind == group)
            ++argument;
        if (frame.length > 1) {
            fail(Error::Kind::TypeError,
                 "float expected at most 1 argument, got " + std::to_string(frame.length), frame.offset);
        } else if (frame.length == 1) {
            const PythonValue& value = m_values[argument];
            if (value.kind == Kind::Int || value.kind == Kind::Bool)
                number = value.isNegative ? -double(value.magnitude()) : double(value.magnitude());
            else if (value.kind == Kind::Float || value.kind == Kind::HugeInt)
                number = value.number();
            if (value.kind == Kind::HugeInt && std::isinf(number))
                fail(Error::Kind::OverflowError, "int too large to convert to float", value.offset);
            if (value.kind == Kind::Str) {
                const auto read = floatFromText(m_lastString);
                number = read.value_or(0);
                if (!read)
                    fail(Error::Kind::ValueError, "could not convert string to float: '" + m_lastString + "'",
                         value.offset);
            } else if (value.kind == Kind::NoneType || value.isList()) {
                fail(Error::Kind::TypeError, "float() argument must be a string or a real number, not '"
                                                 + std::string(typeName(value)) + "'", value.offset);
            }
        }
        m_values.resize(frame.value + 1, {Kind::NoneType});
        m_values.back() = floating(number, Kind::Float, m_values.back().offset);
    }

    void readName()
    {
        while (isLetter(peek()) || isDigit(peek()))
            ++m_at;
        const std::string_view name = m_text.substr(m_start, m_at - m_start);
        if (peek() == '\'' || peek() == '"') {
            std::string prefix(name);
            std::transform(prefix.begin(), prefix.end(), prefix.begin(), lowerCase);
            if (prefix == "r" || prefix == "u")
                return readString(prefix == "u");
            if (isOneOf(otherStrings, prefix)) {
                if (m_isParsing)
                    refuse(m_text.substr(m_start, m_at + 1 - m_start));
                return readString(prefix.size() == 1);
            }
        }
        if (!m_isParsing)
            return;
        if (name == "True" || name == "False")
            return add({Kind::Bool, false, 0, std::uint64_t(name == "True")});
        if (name == "None")
            return add({Kind::NoneType});
        if (m_expectsValue ? isOneOf(prefixes, name) : isOneOf(infixes, name))
            return refuse(name);
        if (isOneOf(keywords, name))
            return failGrammar("invalid syntax");
        if (!m_expectsValue)
            return failGrammar("invalid syntax. Perhaps you forgot a comma?");
        if (name == "nan")
            return add(floating(std::numeric_limits<double>::quiet_NaN()));
        if (name == "inf")
            return add(floating(std::numeric_limits<double>::infinity()));
        if (name == "float") {
            m_isFloatCall = skipBlanks() && peek() == '(';
            return m_isFloatCall ? void() : refuse(name);
        }
        if (skipBlanks() && peek() == '=' && peek(1) != '=')
            return refuse(std::string(name) + "=");
        fail(Error::Kind::NameError, "name '" + std::string(name) + "' is not defined");
        add({Kind::NoneType});
        m_endOfUnknown = m_values.size();
    }

    void readString(bool hasEscapes)
    {
        const char quote = peek();
        const bool isTriple = peek(1) == quote && peek(2) == quote;
        const std::string_view end = m_text.substr(m_at, isTriple ? 3 : 1);
        m_at += end.size();
        m_string.clear();
        while (m_text.substr(m_at, end.size()) != end) {
            if (m_at >= m_text.size() || (!isTriple && peek() == '\n'))
                return failToken((isTriple ? "unterminated triple-quoted string literal (detected at line "
                                           : "unterminated string literal (detected at line ")
                                     + std::to_string(m_line) + ")",
                                 m_start);
            m_line += peek() == '\n';
            if (peek() == '\\' && m_at + 1 < m_text.size())
                readEscape(hasEscapes);
            else
                m_string += m_text[m_at++];
        }
        m_at += end.size();
        const auto length = std::count_if(m_string.begin(), m_string.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // Begins a character in UTF-8.
        });
        add({Kind::Str, false, 0, std::uint64_t(length)});
    }

    void readEscape(bool hasEscapes)
    {
        constexpr std::string_view codes = "\\'\"ntrfv";
        constexpr std::string_view meanings = "\\'\"\n\t\r\f\v";
        const std::size_t code = codes.find(peek(1));
        if (hasEscapes && code != codes.npos)
            m_string += meanings[code];
        else if (!hasEscapes || peek(1) != '\n')
            m_string += m_text.substr(m_at, 2);
        m_line += peek(1) == '\n';
        m_at += 2;
    }

    void readNumber()
    {
        const char base = peek() == '0' ? lowerCase(peek(1)) : '\0';
        if (base == 'x')
            return readBased(4, "hexadecimal");
        if (base == 'o')
            return readBased(3, "octal");
        if (base == 'b')
            return readBased(1, "binary");
        if (!readDigits())
            return;
        const std::size_t endOfInteger = m_at;
        bool isFloat = peek() == '.';
        if (isFloat) {
            ++m_at;
            if (isDigit(peek()) && !readDigits())
                return;
        }
        if (lowerCase(peek()) == 'e') {
            isFloat = true;
            const std::size_t sign = peek(1) == '+' || peek(1) == '-';
            if (!isDigit(peek(1 + sign)))
                return failToken("invalid decimal literal");
            m_at += 1 + sign;
            if (!readDigits())
                return;
        }
        const std::string_view text = m_text.substr(m_start, m_at - m_start);
        if (lowerCase(peek()) == 'j') {
            ++m_at;
            if (endNumber("imaginary"))
                refuseComplex();
            return;
        }
        const std::string_view integral = m_text.substr(m_start, endOfInteger - m_start);
        if (!isFloat && integral[0] == '0' && integral.find_first_not_of("0_") != integral.npos)
            return failToken("leading zeros in decimal integer literals are not permitted; use an 0o prefix "
                             "for octal integers",
                             m_start);
        if (!endNumber("decimal"))
            return;
        if (text.find('_') == text.npos)
            addDecimal(text, isFloat);
        else
            addDecimal(withoutUnderscores(text), isFloat);
    }

    void addDecimal(std::string_view digits, bool isFloat)
    {
        if (isFloat)
            return add(floating(*decimal(digits)));
        if (digits.size() > mostDigits)
            return failToken("Exceeds the limit (4300 digits) for integer string conversion: value has "
                                 + std::to_string(digits.size())
                                 + " digits; use sys.set_int_max_str_digits() to increase the limit - "
                                   "Consider hexadecimal for huge integer literals to avoid decimal "
                                   "conversion limits.",
                             m_start);
        add(decimalInteger(digits));
    }

    /// Digits with single underscores between them. @returns whether they are well formed.
    bool readDigits()
    {
        while (isDigit(peek())) {
            ++m_at;
            if (peek() != '_')
                continue;
            ++m_at;
            if (!isDigit(peek())) {
                failToken("invalid decimal literal", m_at - 1);
                return false;
            }
        }
        return true;
    }

    void readBased(int bits, const std::string& name)
    {
        const int base = 1 << bits;
        m_at += 2;
        const std::size_t first = m_at;
        const auto isGood = [&](char c) { return digitValue(c) >= 0 && digitValue(c) < base; };
        do {
            m_at += peek() == '_';
            if (!isGood(peek()))
                return failToken("invalid " + (isDigit(peek()) ? "digit " + quoted(peek()) + " in " : "") + name
                                 + " literal");
            while (isGood(peek()))
                ++m_at;
        } while (peek() == '_');
        if (isDigit(peek()))
            return failToken("invalid digit " + quoted(peek()) + " in " + name + " literal");
        if (endNumber(name))
            add(binaryInteger(m_text.substr(first, m_at - first), bits));
    }

    /// @returns whether the number ends here, as it must.
    bool endNumber(const std::string& name)
    {
        if (isLetter(peek()))
            failToken("invalid " + name + " literal");
        return !m_tokenError;
    }

    /// Also where an operator was refused before, as in 1+2j: this is the better reason.
    void refuseComplex()
    {
        if (std::exchange(m_isRefused, false))
            m_error.reset();
        fail(Error::Kind::RuntimeError, "complex tensors are not supported by Chainrule");
        m_isParsing = false;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::size_t m_start = 0;  // Of the current token.
    std::size_t m_line = 1;
    PythonLiteral m_values;
    std::vector<Open> m_open;
    std::string m_signs;
    std::string m_string;  // The part between the last quotes.
    std::string m_lastString;  // The last value that is a string.
    std::size_t m_endOfUnknown = 0;  // The number of values after the last unknown name.
    bool m_expectsValue = true;
    bool m_isParsing = true;  // False: only the tokenizer goes on.
    bool m_isFloatCall = false;
    bool m_isRefused = false;
    bool m_isPlainError = false;  // The grammar's, without a hint.
    std::size_t m_grammarLine = 0;
    Failure m_tokenError;
    Failure m_grammarError;
    Failure m_error;
};

}  // namespace

Result<PythonLiteral> pythonLiteral(std::string_view text)
{
    return Parser(text).parse();
}

std::string_view typeName(const PythonValue& value)
{
    switch (value.kind) {
    case Kind::NoneType: return "NoneType";
    case Kind::Bool: return "bool";
    case Kind::Int:
    case Kind::HugeInt: return "int";
    case Kind::Float: return "float";
    case Kind::Str: return "str";
    case Kind::List: return "list";
    case Kind::Tuple: return "tuple";
    }
    return "object";
}

std::size_t endOf(const PythonLiteral& values, std::size_t index)
{
    for (std::uint64_t pending = 1; pending > 0; --pending, ++index)
        if (values[index].isList())
            pending += values[index].length();
    return index;
}

}  // namespace chainrule
