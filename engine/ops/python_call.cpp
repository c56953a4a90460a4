// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/python_call.h"

#include "engine/ops/signature.h"

#include <algorithm>
#include <memory>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

std::string_view typeName(const Attribute& attribute)
{
    constexpr std::string_view names[] = {"NoneType", "bool", "int", "float", "str",
                                          "list", "list", "list", "list", "torch.dtype", "int"};
    return names[attribute.index()];
}

std::string itemType(std::int64_t) { return "int"; }
std::string itemType(double) { return "float"; }
std::string itemType(const std::vector<std::int64_t>&) { return "list"; }
std::string itemType(const std::optional<std::int64_t>& item) { return item ? "int" : "NoneType"; }

template <typename T>
std::vector<std::string> itemTypes(const T&)
{
    return {};
}

template <typename T>
std::vector<std::string> itemTypes(const std::vector<T>& items)
{
    std::vector<std::string> types;
    for (const T& item : items)
        types.push_back(itemType(item));
    return types;
}

}  // namespace

PythonArgument pythonArgument(const TensorType& type)
{
    if (type.isNumber)
        return {.type = type.dtype == DType::Bool ? "bool" : isFloating(type.dtype) ? "float" : "int"};
    return {.type = type.isNone ? "NoneType" : "Tensor", .tensor = type};
}

PythonArgument pythonArgument(const Attribute& attribute)
{
    return {.type = std::string(typeName(attribute)),
            .items = std::visit([](const auto& value) { return itemTypes(value); }, attribute),
            .value = attribute};
}

PythonArgument pythonList(std::span<const PythonArgument> items)
{
    PythonArgument list{.type = "list"};
    for (const PythonArgument& item : items)
        list.items.push_back(item.type);
    return list;
}

const PythonArgument* PythonCall::find(std::size_t position, std::string_view name) const
{
    if (position < positional.size())
        return &positional[position];
    const auto found = std::ranges::find(named, name, &std::pair<std::string, PythonArgument>::first);
    return found == named.end() ? nullptr : &found->second;
}

Attribute asWritten(const Op& op, const Parameter& parameter, const Attribute& given)
{
    if (parameter.fallback && parameter.kind == Kind::Ints && std::holds_alternative<std::int64_t>(given))
        return given;
    auto value = converted(op, parameter, given);
    return value ? *std::move(value) : given;
}

bool isWritten(const Parameter& parameter, const Attribute& asWritten)
{
    return !parameter.fallback || python(asWritten) != python(*parameter.fallback);
}

bool isSeed(const Op& op, std::size_t parameter)
{
    return parameter + 1 == op.parameters.size() && op.parameters[parameter].name == "seed";
}

std::vector<Standing> standings(const Op& op, std::span<const bool> isGiven)
{
    std::vector<Standing> result;
    bool isNamed = false;
    for (std::size_t i = 0; i < op.parameters.size(); ++i) {
        const Parameter& parameter = op.parameters[i];
        const bool isOut = !isGiven[i] || isSeed(op, i);
        isNamed = isNamed || isOut || !(parameter.isTensor() || !parameter.fallback || !parameter.literalOf.empty());
        result.push_back(isOut ? Standing::LeftOut : isNamed ? Standing::Named : Standing::Positional);
    }
    return result;
}

PythonCall pythonCall(const Op& op, std::span<const std::optional<PythonArgument>> tensors,
                      const Attributes& attributes, const NamedArguments& others)
{
    std::vector<PythonArgument> arguments(op.parameters.size());
    const auto isGiven = std::make_unique<bool[]>(op.parameters.size());
    std::size_t tensor = 0;
    for (std::size_t i = 0; i < op.parameters.size(); ++i) {
        const Parameter& parameter = op.parameters[i];
        if (parameter.isTensor()) {
            isGiven[i] = tensor < tensors.size() && tensors[tensor];
            if (isGiven[i])
                arguments[i] = *tensors[tensor];
            ++tensor;
        } else if (const auto raw = attributes.find(parameter.name); raw != attributes.end()) {
            const Attribute value = asWritten(op, parameter, raw->second);
            isGiven[i] = isWritten(parameter, value);
            arguments[i] = pythonArgument(value);
        }
    }
    PythonCall call;
    const auto places = standings(op, {isGiven.get(), op.parameters.size()});
    for (std::size_t i = 0; i < op.parameters.size(); ++i)
        if (places[i] == Standing::Positional)
            call.positional.push_back(std::move(arguments[i]));
        else if (places[i] == Standing::Named)
            call.named.emplace_back(op.parameters[i].name, std::move(arguments[i]));
    for (const auto& [name, value] : attributes)
        if (std::ranges::find(op.parameters, name, &Parameter::name) == op.parameters.end())
            call.named.emplace_back(name, pythonArgument(value));
    call.named.insert(call.named.end(), others.begin(), others.end());
    return call;
}

Failure refusal(const Op& op, const PythonCall& call)
{
    return op.refusal ? op.refusal(op, call) : refused(signatures(op), call);
}

Failure refusal(const Op& op, std::span<const TensorType> inputs, const Attributes& attributes)
{
    std::vector<std::optional<PythonArgument>> tensors;
    std::size_t next = 0;
    for (const Parameter& parameter : op.parameters) {
        if (parameter.kind == Kind::TensorList) {
            std::vector<PythonArgument> items;
            for (; next < inputs.size(); ++next)
                items.push_back(pythonArgument(inputs[next]));
            tensors.push_back(pythonList(items));
        } else if (parameter.kind == Kind::Tensor) {
            const bool isThere = next < inputs.size() && !inputs[next].isNone;
            tensors.push_back(isThere ? std::optional(pythonArgument(inputs[next])) : std::nullopt);
            ++next;
        }
    }
    return refusal(op, pythonCall(op, tensors, attributes));
}

}  // namespace chainrule
