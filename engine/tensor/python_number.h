// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/python_literal.h"

#include <optional>
#include <string_view>

namespace chainrule {

// Numbers as Python spells them.

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }
inline bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\r' || c == '\n' || c == '\v'; }
/// Of ASCII letters alone.
inline char lowerCase(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }
/// -1 for what is no digit in any base.
int digitValue(char c);

/// Digits with at most one point and an exponent; nothing else is accepted.
std::optional<double> decimal(std::string_view digits);
/// What float( ) makes of a string.
std::optional<double> floatFromText(std::string_view text);

PythonValue floating(double number, PythonValue::Kind kind = PythonValue::Kind::Float, std::uint32_t offset = 0);
/// Precondition: digits and nothing else.
PythonValue decimalInteger(std::string_view digits);
/// `bits` per digit: 1, 3 or 4; underscores are passed over. Beyond 64 bits the lowest kept bit collects what
/// is lost, so that the conversion to double rounds as if it saw all of them.
PythonValue binaryInteger(std::string_view digits, int bits);

}  // namespace chainrule
