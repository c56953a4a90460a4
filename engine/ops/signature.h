// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/python_call.h"

#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// One way of calling a function that PyTorch wrote in C++, as its argument parser has it. Written in records as
///
///     "(Tensor input, int[1]? dim, bool keepdim=False, *, dtype dtype=None, Tensor out=None)"
///
/// with the function's name before it if that is not the operation's. `int[1]` takes a lone int too, `?` takes None,
/// `options` are the dtype and the like of what makes tensors. What begins with "hidden " is taken, but not shown to
/// people.
struct Signature {
    struct Parameter {
        std::string_view type;  ///< "Tensor", "Tensor[]", "Number", "int", "int[]", "bool", "str", "float", "dtype", …
        std::string_view name;
        std::string_view fallback;  ///< As Python prints it; empty: it must be given.
        bool takesNone = false;
        bool takesLoneInt = false;  ///< For lists.
        bool takesNumber = false;   ///< For tensors.
        bool isNamed = false;       ///< By name alone.
    };

    explicit Signature(std::string_view text, std::string_view operation = {});

    std::string_view function;
    std::vector<Parameter> parameters;
    bool isHidden = false;

    std::size_t neededCount() const;
    std::size_t positionalCount() const;
    /// "(Tensor input, *, torch.dtype dtype = None)".
    std::string text() const;
};

/// What stands between ", ".
std::vector<std::string_view> separated(std::string_view parameters);

/// What PyTorch calls the type in its complaints: "tuple of ints" for "int[]".
std::string_view typeText(std::string_view type);

/// What the record says, parsed when it is first asked for.
const std::vector<Signature>& signatures(const Op& op);

/// What PyTorch's argument parser says of the call, if none of the signatures takes it.
Failure refused(const std::vector<Signature>& signatures, const PythonCall& call);

/// That none of several signatures fits: what was given, and each of them with what is wrong.
std::string invalidCombination(const std::vector<Signature>& signatures, const PythonCall& call);

}  // namespace chainrule
