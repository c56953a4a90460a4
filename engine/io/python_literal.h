// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// A constant expression of Python: what the header of a .npy file is. Read as data; nothing is looked up
/// or executed.
struct PythonLiteral {
    enum class Kind { None, Bool, Int, Float, String, Bytes, Ellipsis, Tuple, List, Dict };

    Kind kind;
    std::string repr;                         ///< As Python prints it.
    std::string string = {};                  ///< String: its characters, in UTF-8.
    std::optional<std::int64_t> integer = {};  ///< Bool and Int; absent where 64 bits do not hold it.
    std::vector<PythonLiteral> items = {};    ///< Dict: key, value, key, value, …, each key once.
};

/// Whether integers may end in L, as those of Python 2 do.
enum class Python { Two, Three };

/// The literal that `text`, in UTF-8, consists of, or nullopt where it is something else. As in Python
/// brackets nest 200 deep, the last of equal keys of a dict counts, and blanks, line ends and comments
/// may stand around. Complex numbers, sets, and strings in triple quotes or in pieces are not read.
std::optional<PythonLiteral> parsePythonLiteral(std::string_view text, Python version);

}  // namespace chainrule
