// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

// What the operations that create tensors read from their attributes.

inline Parameter sizeParameter()
{
    return {.name = "size", .kind = Parameter::Kind::Ints, .help = "the shape"};
}

inline Parameter dtypeParameter(std::string_view help)
{
    return {.name = "dtype", .kind = Parameter::Kind::DType, .help = help, .fallback = None(), .acceptsNone = true};
}

inline Shape sizeOf(const Attributes& attributes)
{
    const IntList& size = std::get<IntList>(attributes.find("size")->second);
    return Shape(size.begin(), size.end());
}

/// nullopt: PyTorch chooses.
inline std::optional<DType> givenDType(const Attributes& attributes)
{
    const auto* const dtype = std::get_if<DType>(&attributes.find("dtype")->second);
    return dtype ? std::optional(*dtype) : std::nullopt;
}

/// Of an attribute that is a number.
inline Scalar numberOf(const Attributes& attributes, std::string_view name)
{
    return scalarOf(attributes.find(name)->second);
}

}  // namespace chainrule
