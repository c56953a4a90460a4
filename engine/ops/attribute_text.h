// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <string>
#include <string_view>

namespace chainrule {

/// What a person typed for an attribute: numbers, lists and words as Python spells them ("2, 3", "[2, 3]", "1e-5",
/// "None", "True"); a string as it stands. The answer is as documents give it: a dtype by its name, what JSON
/// cannot hold as a string.
/// @returns Python's errors with their offset, PyTorch's TypeError for a wrong kind.
Result<Attribute> attributeFromText(const Op& op, const Parameter& parameter, std::string_view text);

/// The other way: attributeFromText() of it is the attribute. A list stands without its brackets where they say
/// nothing.
std::string textOf(const Parameter& parameter, const Attribute& attribute);

}  // namespace chainrule
