// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/python_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace chainrule {
namespace {

using Kind = PythonValue::Kind;

/// Infinity or zero, for a decimal that from_chars finds out of range: it does not say which.
double outOfRange(std::string_view decimal)
{
    const std::size_t exponentAt = std::min(decimal.find_first_of("eE"), decimal.size());
    const std::string_view mantissa = decimal.substr(0, exponentAt);
    std::int64_t exponent = 0;
    if (exponentAt < decimal.size()) {
        const bool isNegative = decimal[exponentAt + 1] == '-';
        const std::size_t start = exponentAt + 1 + (isNegative || decimal[exponentAt + 1] == '+');
        const auto read = std::from_chars(decimal.data() + start, decimal.data() + decimal.size(), exponent);
        const std::int64_t beyondAnyText = std::numeric_limits<std::int64_t>::max() / 2;
        exponent = read.ec == std::errc() ? std::min(exponent, beyondAnyText) : beyondAnyText;
        exponent = isNegative ? -exponent : exponent;
    }
    const auto point = std::int64_t(std::min(mantissa.find('.'), mantissa.size()));
    const auto first = std::int64_t(mantissa.find_first_not_of("0."));
    return point - first + exponent > 0 ? std::numeric_limits<double>::infinity() : 0;
}

PythonValue integer(std::uint64_t magnitude)
{
    return {Kind::Int, false, 0, magnitude};
}

}  // namespace

int digitValue(char c)
{
    if (isDigit(c))
        return c - '0';
    c = lowerCase(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<double> decimal(std::string_view digits)
{
    if (digits.empty() || !(isDigit(digits[0]) || digits[0] == '.'))
        return std::nullopt;
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ptr != digits.data() + digits.size())
        return std::nullopt;
    if (read.ec == std::errc::result_out_of_range)
        return outOfRange(digits);
    return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<double> floatFromText(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    const bool isNegative = text.starts_with('-');
    if (isNegative || text.starts_with('+'))
        text.remove_prefix(1);
    std::string word;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_')
            word += lowerCase(text[i]);
        else if (i == 0 || i + 1 == text.size() || !isDigit(text[i - 1]) || !isDigit(text[i + 1]))
            return std::nullopt;
    }
    std::optional<double> value;
    if (word == "inf" || word == "infinity")
        value = std::numeric_limits<double>::infinity();
    else if (word == "nan")
        value = std::numeric_limits<double>::quiet_NaN();
    else
        value = decimal(word);
    return value && isNegative ? -*value : value;
}

PythonValue floating(double number, Kind kind, std::uint32_t offset)
{
    return {kind, false, offset, std::bit_cast<std::uint64_t>(number)};
}

PythonValue decimalInteger(std::string_view digits)
{
    std::uint64_t magnitude = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
    if (read.ec == std::errc())
        return integer(magnitude);
    return floating(*decimal(digits), Kind::HugeInt);
}

PythonValue binaryInteger(std::string_view digits, int bits)
{
    std::uint64_t magnitude = 0;
    int exponent = 0;
    bool isHuge = false;
    for (const char c : digits) {
        if (c == '_')
            continue;
        const auto digit = std::uint64_t(digitValue(c));
        isHuge = isHuge || magnitude >> (64 - bits) != 0;
        if (!isHuge) {
            magnitude = magnitude << bits | digit;
        } else {
            exponent = std::min(exponent + bits, 1 << 20);
            magnitude |= digit != 0;
        }
    }
    return isHuge ? floating(std::ldexp(double(magnitude), exponent), Kind::HugeInt) : integer(magnitude);
}

}  // namespace chainrule
