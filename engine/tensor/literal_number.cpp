// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/literal_number.h"

#include "engine/base/number_text.h"
#include "engine/tensor/python_literal.h"
#include "engine/tensor/python_number.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

constexpr std::size_t firstArgument = 1;  // Value 0 is the tuple of the arguments.

std::optional<Scalar> scalar(const PythonValue& value)
{
    if (value.kind == PythonValue::Kind::Float)
        return value.number();
    constexpr std::uint64_t greatest = std::numeric_limits<std::int64_t>::max();
    if (value.kind != PythonValue::Kind::Int || value.magnitude() > greatest)
        return std::nullopt;
    const auto magnitude = std::int64_t(value.magnitude());
    return value.isNegative ? -magnitude : magnitude;
}

/// Of the digits that begin at `offset`, in a text that is a literal.
std::size_t endOfDigits(std::string_view text, std::size_t offset)
{
    const auto prefix = text.substr(offset, 2);
    const bool hasBase = prefix.size() == 2 && prefix[0] == '0' && lowerCase(prefix[1]) == 'x';
    std::size_t end = offset;
    while (end < text.size()) {
        const char c = text[end];
        const bool isExponentSign = (c == '+' || c == '-') && !hasBase && lowerCase(text[end - 1]) == 'e';
        if (digitValue(c) < 0 && c != '.' && c != '_' && lowerCase(c) != 'x' && lowerCase(c) != 'o'
            && !isExponentSign)
            break;
        ++end;
    }
    return end;
}

/// Where the signs before `offset` begin. Not beyond the line: the end of the one above may be a comment.
std::size_t startOfSigns(std::string_view text, std::size_t offset)
{
    std::size_t start = offset;
    for (std::size_t at = offset; at > 0; --at) {
        const char c = text[at - 1];
        if (c == '+' || c == '-')
            start = at - 1;
        else if (c != ' ' && c != '\t')
            break;
    }
    return start;
}

bool isNegative(const Scalar& value)
{
    return std::visit([](auto number) { return std::signbit(double(number)); }, value);
}

Scalar negated(const Scalar& value)
{
    if (const auto* whole = std::get_if<std::int64_t>(&value))
        return -*whole;
    return -as<double>(value);
}

}  // namespace

std::optional<LiteralNumber> literalNumber(std::string_view text, std::int64_t element)
{
    const auto values = pythonLiteral(text);
    if (!values || (*values)[0].length() == 0 || element < 0)
        return std::nullopt;
    std::size_t at = firstArgument;
    for (const std::size_t end = endOf(*values, firstArgument);; ++at) {
        if (at == end)
            return std::nullopt;
        if (!(*values)[at].isList() && element-- == 0)
            break;
    }
    const PythonValue& value = (*values)[at];
    const auto meant = scalar(value);
    if (!meant || !(isDigit(text[value.offset]) || text[value.offset] == '.'))
        return std::nullopt;
    const std::size_t start = startOfSigns(text, value.offset);
    const std::size_t length = endOfDigits(text, value.offset) - start;
    const auto alone = pythonLiteral(text.substr(start, length));
    const auto spelled = alone ? scalar(alone->back()) : std::nullopt;
    if (!spelled)
        return std::nullopt;
    return LiteralNumber{start, length, *meant, isNegative(*spelled) != isNegative(*meant)};
}

std::string withNumber(std::string_view text, const LiteralNumber& number, Scalar value)
{
    if (number.isNegatedOutside)
        value = negated(value);
    const auto* real = std::get_if<double>(&value);
    std::string digits = real ? pythonFloat(*real) : std::to_string(as<std::int64_t>(value));
    if (real && !std::isfinite(*real))
        digits = "float('" + digits + "')";
    const auto before = text.substr(number.offset, number.length);
    if (before.ends_with('.') && digits.ends_with(".0"))
        digits.pop_back();
    std::string result(text.substr(0, number.offset));
    result += digits;
    result += text.substr(number.offset + number.length);
    return result;
}

}  // namespace chainrule
