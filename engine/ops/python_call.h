// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

/// What Python sees of an argument.
struct PythonArgument {
    std::string type;                         ///< As `type(x)` names it: "Tensor", "float", "NoneType".
    std::vector<std::string> items = {};      ///< Of a list or tuple, the types of its items.
    Attribute value = {};                     ///< If it is neither tensor nor tuple.
    std::optional<TensorType> tensor = {};    ///< If it is a tensor and known.
    bool isHuge = false;                      ///< An int that no 64 bits hold.
    bool isNegative = false;                  ///< Its sign.

    bool isTuple() const { return type == "tuple" || type.starts_with("torch.return_types."); }
    bool isSequence() const { return type == "list" || isTuple(); }
    /// An int, a float or a bool.
    bool isNumber() const { return type == "float" || type == "int" || type == "bool"; }
};

PythonArgument pythonArgument(const TensorType& type);
PythonArgument pythonArgument(const Attribute& attribute);
/// A list of such items.
PythonArgument pythonList(std::span<const PythonArgument> items);

/// The arguments of a call, a method's tensor first.
struct PythonCall {
    std::vector<PythonArgument> positional;
    std::vector<std::pair<std::string, PythonArgument>> named;

    /// The argument for the parameter that stands at `position` and has this name; nullptr: there is none.
    const PythonArgument* find(std::size_t position, std::string_view name) const;
};

/// An attribute as a script writes it: in its parameter's kind if it can be, but a lone int where people write
/// `dim=0` for a list.
Attribute asWritten(const Op& op, const Parameter& parameter, const Attribute& given);
/// Whether a script writes it at all: it is not the default.
bool isWritten(const Parameter& parameter, const Attribute& asWritten);

/// Whether it is the seed of a random operation, which is no argument in PyTorch.
bool isSeed(const Op& op, std::size_t parameter);

enum class Standing { LeftOut, Positional, Named };
/// How a script writes the arguments, of which some are given: leading tensors and what must be given by position,
/// since PyTorch's code names some parameters otherwise than its documentation; what stands behind one that is left
/// out, and what is optional, by name. One for each parameter.
std::vector<Standing> standings(const Op& op, std::span<const bool> isGiven);

using NamedArguments = std::vector<std::pair<std::string, PythonArgument>>;
/// The call as a script writes it. `tensors`: one for each tensor parameter, nullopt where it is left out.
/// `attributes` may be complete or not, and of any kind; what the operation does not know comes last, then `others`.
PythonCall pythonCall(const Op& op, std::span<const std::optional<PythonArgument>> tensors,
                      const Attributes& attributes, const NamedArguments& others = {});

/// What Python or PyTorch says of the arguments before PyTorch looks at any number or shape: a TypeError most often.
/// nullopt: it takes them.
Failure refusal(const Op& op, const PythonCall& call);

/// The same of a call with all that it needs; `attributes` are complete.
Failure refusal(const Op& op, std::span<const TensorType> inputs, const Attributes& attributes);

}  // namespace chainrule
