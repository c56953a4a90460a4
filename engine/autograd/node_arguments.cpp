// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/node_arguments.h"

#include "engine/ops/python_call.h"

#include <algorithm>

namespace chainrule {
namespace {

/// The name of the type of a value that JSON spells.
std::string pythonTypeOfJson(std::string_view json)
{
    switch (json.empty() ? ' ' : json.front()) {
    case '{': return "dict";
    case '[': return "list";
    case '"': return "str";
    case 't':
    case 'f': return "bool";
    case 'n': return "NoneType";
    default: return json.find_first_of(".eE") == std::string_view::npos ? "int" : "float";
    }
}

/// The items of a list as JSON spells them.
std::vector<std::string_view> itemsOfJson(std::string_view json)
{
    std::vector<std::string_view> items;
    std::size_t depth = 0;
    std::size_t start = 1;
    bool isQuoted = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (isQuoted && c == '\\')
            ++i;
        else if (c == '"')
            isQuoted = !isQuoted;
        if (isQuoted)
            continue;
        depth += c == '[' || c == '{';
        const bool isEnd = depth == 1 && (c == ',' || c == ']');
        depth -= c == ']' || c == '}';
        if (!isEnd)
            continue;
        std::string_view item = json.substr(start, i - start);
        item.remove_prefix(std::min(item.find_first_not_of(" \t\r\n"), item.size()));
        if (!item.empty())
            items.push_back(item);
        start = i + 1;
    }
    return items;
}

PythonArgument pythonArgument(const RawField& field)
{
    PythonArgument argument{.type = pythonTypeOfJson(field.json)};
    argument.isHuge = argument.type == "int";
    argument.isNegative = argument.isHuge && field.json.starts_with('-');
    if (argument.type == "list")
        for (const std::string_view item : itemsOfJson(field.json))
            argument.items.push_back(pythonTypeOfJson(item));
    return argument;
}

PythonArgument pythonArgument(const Evaluation& evaluation, const Source& source)
{
    if (const auto output = evaluation.resolve(source)) {
        const Value& value = evaluation.value(*output);
        TensorType type = value.tensor().type();
        type.requiresGrad = value.requiresGrad();
        return chainrule::pythonArgument(type);
    }
    return {.type = evaluation.tupleName(source.node),
            .items = std::vector<std::string>(evaluation[source.node].outputs.size(), "Tensor")};
}

PythonArgument pythonArgument(const Evaluation& evaluation, const Input& input)
{
    if (const Source* const source = input.single())
        return pythonArgument(evaluation, *source);
    std::vector<PythonArgument> items;
    for (const auto& item : *input.list())
        items.push_back(item ? pythonArgument(evaluation, *item) : chainrule::pythonArgument(Attribute(None())));
    return pythonList(items);
}

/// The first that is wrong, where PyTorch would take what the document gives.
Error firstWrong(const Op& op, const Node& node, std::span<const std::optional<PythonArgument>> tensors)
{
    std::size_t slot = 0;
    for (std::size_t position = 1; position <= op.parameters.size(); ++position) {
        const Parameter& parameter = op.parameters[position - 1];
        if (!parameter.isTensor())
            continue;
        const auto& tensor = tensors[slot++];
        const bool takesList = parameter.kind == Parameter::Kind::TensorList;
        if (tensor && (takesList ? tensor->type != "list" : tensor->isSequence()))
            return typeError(argumentText(op, parameter, position) + "must be "
                             + (takesList ? "tuple of Tensors" : "Tensor") + ", not " + tensor->type);
    }
    if (node.inputs.size() > slot)
        return typeError(std::string(op.name) + "() takes " + std::to_string(slot) + " positional argument"
                         + (slot == 1 ? "" : "s") + " but " + std::to_string(node.inputs.size())
                         + (node.inputs.size() == 1 ? " was given" : " were given"));
    for (const RawField& field : node.extras->unreadAttributes) {
        const bool isKnown = std::ranges::any_of(op.parameters, [&](const Parameter& parameter) {
            return !parameter.isTensor() && parameter.name == field.key;
        });
        const std::string type = pythonTypeOfJson(field.json);
        if (isKnown && type == "int")  // PyTorch was not asked: the number that is a node of its own.
            return Error{Error::Kind::OverflowError, pythonArgument(field).isNegative
                                                         ? "can't convert negative int to unsigned"
                                                         : "int too big to convert"};
        return typeError(std::string(op.name)
                         + (isKnown ? "(): argument '" + field.key + "' cannot be a " + type
                                    : "() got an unexpected keyword argument '" + field.key + "'"));
    }
    InlineVector<bool, 4> given;
    for (const auto& tensor : tensors)
        given.push_back(tensor.has_value());
    const auto attributes = completed(op, std::span(given.data(), given.size()), node.attributes);
    return attributes ? typeError(std::string(op.name) + "(): invalid arguments") : attributes.error();
}

}  // namespace

Error refusedArguments(const Evaluation& evaluation, const Node& node, const Op& op)
{
    std::vector<std::optional<PythonArgument>> tensors(op.tensorParameterCount());
    std::vector<PythonArgument> further;
    for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
        if (slot >= tensors.size())
            further.push_back(node.inputs[slot].isOpen() ? chainrule::pythonArgument(Attribute(None()))
                                                         : pythonArgument(evaluation, node.inputs[slot]));
        else if (!node.inputs[slot].isOpen())
            tensors[slot] = pythonArgument(evaluation, node.inputs[slot]);
    }
    NamedArguments unread;
    for (const RawField& field : node.extras->unreadAttributes)
        unread.emplace_back(field.key, pythonArgument(field));
    PythonCall call = pythonCall(op, tensors, node.attributes, unread);
    call.positional.insert(call.positional.end(), further.begin(), further.end());
    const auto said = refusal(op, call);
    return said ? *said : firstWrong(op, node, tensors);
}

}  // namespace chainrule
