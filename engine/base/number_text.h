// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace chainrule {

/// The shortest decimal that reads back as the same double, as Python's repr spells it: "2.0", "1e-05",
/// "1e+16", "nan", "-inf". Independent of the locale.
std::string pythonFloat(double value);

}  // namespace chainrule
