// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/op.h"
#include "engine/ops/python_call.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

std::string_view baseText(Kind kind)
{
    switch (kind) {
    case Kind::Tensor: return "tensor";
    case Kind::TensorList: return "tensor[]";
    case Kind::Number: return "number";
    case Kind::NumberOrString: return "number|string";
    case Kind::Int: return "int";
    case Kind::Ints: return "int[]";
    case Kind::IntsOrNones: return "int?[]";
    case Kind::IntLists: return "int[][]";
    case Kind::IntOrInts: return "int|int[]";
    case Kind::IntsOrString: return "int[]|string";
    case Kind::Float: return "float";
    case Kind::Floats: return "float[]";
    case Kind::Bool: return "bool";
    case Kind::String: return "string";
    case Kind::DType: return "dtype";
    }
    return "";
}

/// What PyTorch says an argument must be.
std::string_view expected(Kind kind)
{
    switch (kind) {
    case Kind::Tensor: return "Tensor";
    case Kind::TensorList: return "tuple of Tensors";
    case Kind::Number: return "Number";
    case Kind::NumberOrString: return "Number or str";
    case Kind::Int: return "int";
    case Kind::Ints:
    case Kind::IntsOrNones:
    case Kind::IntOrInts:
    case Kind::IntsOrString: return "tuple of ints";
    case Kind::IntLists: return "tuple of tuples of ints";
    case Kind::Float: return "float";
    case Kind::Floats: return "tuple of floats";
    case Kind::Bool: return "bool";
    case Kind::String: return "str";
    case Kind::DType: return "torch.dtype";
    }
    return "";
}

template <typename T>
const T* get(const Attribute& attribute)
{
    return std::get_if<T>(&attribute);
}

/// What JSON cannot hold as a number.
std::optional<double> numberFromText(const Attribute& attribute)
{
    const auto* text = get<std::string>(attribute);
    if (text && *text == "nan")
        return std::nan("");
    if (text && (*text == "inf" || *text == "-inf"))
        return *text == "inf" ? HUGE_VAL : -HUGE_VAL;
    return std::nullopt;
}

std::optional<double> asFloat(const Attribute& given)
{
    if (const auto* number = get<double>(given))
        return *number;
    if (const auto* integer = get<std::int64_t>(given))
        return double(*integer);
    if (const auto* integer = get<std::uint64_t>(given))
        return double(*integer);
    return numberFromText(given);
}

std::optional<Attribute> asInts(const Attribute& given)
{
    if (const auto* integer = get<std::int64_t>(given))
        return IntList{*integer};
    if (get<IntList>(given))
        return given;
    return std::nullopt;
}

/// `given` in the form that `kind` has, or nullopt where Python would not take it.
std::optional<Attribute> converted(Kind kind, const Attribute& given)
{
    switch (kind) {
    case Kind::Int:
        if (get<std::int64_t>(given))
            return given;
        break;
    case Kind::Bool:
        if (get<bool>(given))
            return given;
        break;
    case Kind::String:
        if (get<std::string>(given))
            return given;
        break;
    case Kind::Float:
        if (const auto number = asFloat(given))
            return *number;
        break;
    case Kind::NumberOrString:
    case Kind::Number:
        if (get<bool>(given) || get<std::int64_t>(given) || get<std::uint64_t>(given))
            return given;
        if (const auto number = asFloat(given))
            return *number;
        if (kind == Kind::NumberOrString && get<std::string>(given))
            return given;
        break;
    case Kind::Ints:
        return asInts(given);
    case Kind::IntOrInts:
        if (get<std::int64_t>(given))
            return given;
        return asInts(given);
    case Kind::IntsOrString:
        if (get<std::string>(given))
            return given;
        return asInts(given);
    case Kind::IntsOrNones:
        if (get<OptionalIntList>(given))
            return given;
        if (const auto ints = asInts(given))
            return OptionalIntList(get<IntList>(*ints)->begin(), get<IntList>(*ints)->end());
        break;
    case Kind::IntLists:
        if (get<IntListList>(given))
            return given;
        if (const auto* ints = get<IntList>(given); ints && ints->empty())
            return IntListList();
        break;
    case Kind::Floats:
        if (get<FloatList>(given))
            return given;
        if (const auto* ints = get<IntList>(given))
            return FloatList(ints->begin(), ints->end());
        break;
    case Kind::DType:
        if (get<DType>(given))
            return given;
        if (const auto* text = get<std::string>(given))
            if (const auto dtype = dtypeFromName(*text))
                return *dtype;
        break;
    case Kind::Tensor:
    case Kind::TensorList:
        break;
    }
    return std::nullopt;
}

/// "(position 2) ", where people give the argument without its name: as long as all must be given.
std::string positionText(const Op& op, const Parameter& parameter)
{
    if (op.torch.empty())  // Python's own.
        return {};
    std::size_t position = op.torch.starts_with("Tensor.") ? 0 : 1;  // A method counts from behind its tensor.
    for (const Parameter& before : op.parameters) {
        if (before.fallback || (before.isTensor() && before.acceptsNone))
            return {};
        if (before.name == parameter.name)
            return "(position " + std::to_string(position) + ") ";
        ++position;
    }
    return {};
}

Error missing(const Op& op, const std::vector<std::string_view>& names)
{
    std::string text = std::string(op.name) + "() missing " + std::to_string(names.size())
                       + " required positional argument" + (names.size() == 1 ? "s: " : ": ");
    for (const std::string_view name : names)
        text += (name == names.front() ? "\"" : ", \"") + std::string(name) + "\"";
    return typeError(text);
}

}  // namespace

std::string kindText(const Parameter& parameter)
{
    return std::string(baseText(parameter.kind)) + (parameter.acceptsNone ? "?" : "");
}

Result<Attribute> converted(const Op& op, const Parameter& parameter, const Attribute& given)
{
    if (get<None>(given) && parameter.acceptsNone)
        return parameter.forNone.value_or(Attribute(None()));
    if (const auto* text = get<std::string>(given);
        text && parameter.kind == Kind::DType && text->starts_with("complex"))
        return runtimeError("complex tensors are not supported by Chainrule");
    if (auto fitting = converted(parameter.kind, given))
        return *std::move(fitting);
    return typeError(std::string(op.name) + "(): argument '" + std::string(parameter.name) + "' "
                     + positionText(op, parameter) + "must be " + std::string(expected(parameter.kind)) + ", not "
                     + pythonArgument(given).type);
}

namespace {

/// What is wrong first, in words of our own.
Result<Attributes> checked(const Op& op, std::span<const bool> isGiven, const Attributes& given)
{
    const std::string function(op.name);
    for (const auto& [name, value] : given) {
        const auto known = std::ranges::find(op.parameters, name, &Parameter::name);
        if (known == op.parameters.end() || known->isTensor())
            return typeError(function + "() got an unexpected keyword argument '" + name + "'");
    }

    std::vector<std::string_view> absent;
    Attributes attributes;
    std::size_t tensor = 0;
    for (const Parameter& parameter : op.parameters) {
        if (parameter.isTensor()) {
            const bool isThere = tensor < isGiven.size() && isGiven[tensor];
            ++tensor;
            if (!isThere && !parameter.fallback && !parameter.acceptsNone)
                absent.push_back(parameter.name);
            continue;
        }
        const auto value = given.find(parameter.name);
        if (value == given.end()) {
            if (parameter.fallback)
                attributes.emplace(parameter.name, *parameter.fallback);
            else
                absent.push_back(parameter.name);
            continue;
        }
        auto fitting = converted(op, parameter, value->second);
        if (!fitting)
            return fitting.error();
        attributes.emplace(parameter.name, *std::move(fitting));
    }
    if (!absent.empty())
        return missing(op, absent);
    return attributes;
}

/// In Python True is 1, and PyTorch takes it for an optional int or float; nullopt where there is none.
std::optional<Attributes> withNumbersForBools(const Op& op, Attributes given)
{
    bool isOther = false;
    for (const Parameter& parameter : op.parameters) {
        const auto found = given.find(parameter.name);
        const bool isNumber = parameter.kind == Kind::Int || parameter.kind == Kind::Float;
        if (found == given.end() || !parameter.fallback || !isNumber || !std::holds_alternative<bool>(found->second))
            continue;
        found->second = std::int64_t(std::get<bool>(found->second));
        isOther = true;
    }
    return isOther ? std::optional(std::move(given)) : std::nullopt;
}

/// The call, with tensors of whatever shape wherever something is given.
PythonCall callOf(const Op& op, std::span<const bool> isGiven, const Attributes& given)
{
    const PythonArgument tensor{.type = "Tensor"};
    std::vector<std::optional<PythonArgument>> tensors;
    for (const Parameter& parameter : op.parameters)
        if (parameter.isTensor()) {
            const bool isThere = tensors.size() < isGiven.size() && isGiven[tensors.size()];
            const bool isList = parameter.kind == Kind::TensorList;
            tensors.push_back(isThere ? std::optional(isList ? pythonList({&tensor, 1}) : tensor) : std::nullopt);
        }
    return pythonCall(op, tensors, given);
}

}  // namespace

Result<Attributes> completed(const Op& op, std::span<const bool> isGiven, const Attributes& given)
{
    auto attributes = checked(op, isGiven, given);
    if (attributes || attributes.error().kind != Error::Kind::TypeError)
        return attributes;
    if (const auto said = refusal(op, callOf(op, isGiven, given)))
        return *said;
    const auto plain = withNumbersForBools(op, given);
    return plain ? checked(op, isGiven, *plain) : attributes;
}

}  // namespace chainrule
