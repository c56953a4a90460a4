// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <string>

namespace chainrule::cli {

/// A small call of the operation with numbers: its inputs, what it gives, and the gradients that come back, as lines of a
/// Python session. The inputs are those of one of the record's samples, in float32.
std::string exampleText(const Op& op);

}  // namespace chainrule::cli
