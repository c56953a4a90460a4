// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chainrule {

/// One value of a Python literal. Values stand in the order in which they begin, so that the members of
/// a list follow it; a million numbers are one block of memory.
struct PythonValue {
    enum class Kind : std::uint8_t { NoneType, Bool, Int, HugeInt, Float, Str, List, Tuple };

    Kind kind;
    bool isNegative = false;  ///< Int: its sign.
    std::uint32_t offset = 0;  ///< Where it begins in the text.
    std::uint64_t bits = 0;  ///< What the functions below read.

    /// Int, and Bool as 0 or 1.
    std::uint64_t magnitude() const { return bits; }
    /// List and Tuple: members. Str: characters.
    std::uint64_t length() const { return bits; }
    /// Float, and HugeInt (2⁶⁴ and beyond), which is rounded, perhaps to infinity.
    double number() const { return std::bit_cast<double>(bits); }
    bool isList() const { return kind == Kind::List || kind == Kind::Tuple; }
};

/// The arguments of a call as literals: the first value is the tuple of the arguments.
using PythonLiteral = std::vector<PythonValue>;

/// Reads what stands between the brackets of a call: numbers, True, False, None, strings, lists, tuples,
/// signs, nan, inf and float( ). Comments and line breaks are allowed as inside any brackets.
/// @returns Python's own errors, with the offset: SyntaxError ("'[' was never closed"), NameError,
/// TypeError ("bad operand type for unary -: 'list'"), ValueError and OverflowError (of float( )); a
/// SyntaxError in our words for other Python; RuntimeError for complex numbers.
Result<PythonLiteral> pythonLiteral(std::string_view text);

/// "list", as Python's messages name the value's type.
std::string_view typeName(const PythonValue& value);

/// The index behind the value at `index` and all of its members.
std::size_t endOf(const PythonLiteral& values, std::size_t index);

}  // namespace chainrule
