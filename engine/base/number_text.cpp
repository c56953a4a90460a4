// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/number_text.h"

#include <charconv>
#include <cmath>

namespace chainrule {

std::string pythonFloat(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    const double magnitude = std::abs(value);
    const bool isPlain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
    char digits[400];
    const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                   isPlain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string text(digits, end.ptr);
    if (isPlain && text.find('.') == std::string::npos)
        text += ".0";
    return text;
}

}  // namespace chainrule
