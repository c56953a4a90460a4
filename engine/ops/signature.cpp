// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/signature.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace chainrule {
namespace {

using Parameter = Signature::Parameter;

constexpr std::string_view hidden = "hidden ";
constexpr std::string_view options = "dtype dtype=None, layout layout=None, device device=None, bool pin_memory=False, "
                                     "bool requires_grad=False";

/// Functions in which a Python number may stand for any tensor.
bool takesNumbers(std::string_view function)
{
    constexpr std::string_view names[] = {"add", "sub", "mul", "div", "to"};
    return std::ranges::find(names, function) != std::end(names);
}

Parameter parameterFrom(std::string_view text, bool isNamed, bool takesNumber)
{
    const std::size_t blank = text.find(' ');
    const std::size_t equals = std::min(text.find('='), text.size());
    std::string_view type = text.substr(0, blank);
    Parameter parameter{.type = {}, .name = text.substr(blank + 1, equals - blank - 1),
                        .fallback = text.substr(std::min(equals + 1, text.size())), .takesNumber = takesNumber,
                        .isNamed = isNamed};
    parameter.takesNone = type.ends_with('?') || parameter.fallback == "None";
    if (type.ends_with('?'))
        type.remove_suffix(1);
    parameter.takesLoneInt = type == "int[1]";
    parameter.type = parameter.takesLoneInt ? "int[]" : type;
    return parameter;
}

bool takes(const Parameter& parameter, const PythonArgument& given)
{
    const std::string_view type = parameter.type;
    const bool isPlainScalar = given.type == "Tensor" && given.tensor && given.tensor->shape.empty()
                               && !given.tensor->requiresGrad;
    if (type == "object")
        return true;
    if (type == "Tensor")
        return given.type == "Tensor" || (parameter.takesNumber && given.isNumber());
    if (type == "Number" || type == "float")
        return given.isNumber() || isPlainScalar;
    if (type == "int")
        return given.type == "int" || (isPlainScalar && !isFloating(given.tensor->dtype) && given.tensor->dtype != DType::Bool);
    if (type == "Tensor[]")
        return given.isSequence();
    if (type == "int[]")
        return given.isSequence() ? given.items.empty() || given.items.front() == "int"
                                  : parameter.takesLoneInt && given.type == "int";
    if (type == "device")
        return given.type == "int" || given.type == "str";
    return given.type == typeText(type);
}

std::string plural(std::size_t count)
{
    return count == 1 ? "" : "s";
}

/// One attempt to fit a call to a signature.
class Fit {
public:
    Fit(const Signature& signature, const PythonCall& call) : m_signature(signature), m_call(call) {}

    /// What is wrong first.
    Failure operator()() const
    {
        const auto& parameters = m_signature.parameters;
        const std::size_t positionals = m_signature.positionalCount();
        const std::size_t given = m_call.positional.size();
        m_takesSizes = positionals == 1 && parameters.front().type == "int[]";
        if (given > positionals && !m_takesSizes)
            return tooMany();
        std::size_t position = 0;
        std::size_t named = 0;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const bool isPositional = position < given;
            if (isPositional && parameters[i].isNamed)
                return tooMany();
            const PythonArgument* const argument =
                m_call.find(isPositional ? position : m_call.positional.size(), parameters[i].name);
            if (!argument && parameters[i].fallback.empty())
                return missing(i);
            const bool isLeftOut = !argument || (argument->type == "NoneType" && parameters[i].takesNone);
            if (!isLeftOut) {
                if (auto failure = wrong(parameters[i], *argument, position, isPositional)) {
                    if (!isPositional || position > 0 || !areSizes())
                        return failure;
                    position = given;
                    continue;
                }
            }
            (isPositional ? position : named) += argument ? 1 : 0;
        }
        return named < m_call.named.size() ? unexpected() : std::nullopt;
    }

    /// What goes wrong when the arguments, which fit, are unpacked.
    Failure unpacked() const
    {
        for (std::size_t i = 0; i < m_signature.parameters.size(); ++i) {
            const Parameter& parameter = m_signature.parameters[i];
            const PythonArgument* const argument = m_call.find(i, parameter.name);
            if (!argument)
                continue;
            const bool isBeyondInt64 = argument->isHuge || std::holds_alternative<std::uint64_t>(argument->value);
            if (isBeyondInt64 && (parameter.type == "int" || parameter.type == "int[]"))
                return valueError("Overflow when unpacking long long");
            if (argument->isHuge)
                return Error{Error::Kind::OverflowError, argument->isNegative ? "can't convert negative int to unsigned"
                                                                              : "int too big to convert"};
            if (parameter.type != "int[]")
                continue;
            for (std::size_t k = 1; k < argument->items.size(); ++k)
                if (const std::string& item = argument->items[k]; item != "int" && item != "bool")
                    return typeError(start() + "(): argument '" + std::string(parameter.name)
                                     + "' failed to unpack the object at pos " + std::to_string(k + 1)
                                     + " with error \"type must be tuple of ints,but got " + item + "\"");
        }
        return std::nullopt;
    }

private:
    std::string start() const { return std::string(m_signature.function); }

    /// `expand(2, 3)` for `expand([2, 3])`.
    bool areSizes() const
    {
        return m_takesSizes && m_call.positional.front().type == "int";
    }

    Failure wrong(const Parameter& parameter, const PythonArgument& argument, std::size_t position,
                  bool isPositional) const
    {
        if (parameter.type == "Tensor[]" && argument.isSequence())
            for (std::size_t i = 0; i < argument.items.size(); ++i)
                if (argument.items[i] != "Tensor")
                    return typeError("expected Tensor as element " + std::to_string(i) + " in argument "
                                     + std::to_string(position) + ", but got " + argument.items[i]);
        if (takes(parameter, argument))
            return std::nullopt;
        const std::string place = isPositional ? "(position " + std::to_string(position + 1) + ") " : "";
        const std::string text = start() + "(): argument '" + std::string(parameter.name) + "' " + place + "must be "
                                 + std::string(typeText(parameter.type)) + ", ";
        const bool hasItem = parameter.type == "int[]" && argument.isSequence() && isPositional;
        return typeError(text + (hasItem ? "but found element of type " + argument.items.front() + " at pos 0"
                                         : "not " + argument.type));
    }

    Failure tooMany() const
    {
        const std::size_t needed = m_signature.neededCount();
        const std::size_t positionals = m_signature.positionalCount();
        const std::size_t given = m_call.positional.size();
        if (needed != positionals)
            return typeError(start() + "() takes from " + std::to_string(needed) + " to " + std::to_string(positionals)
                             + " positional arguments but " + std::to_string(given) + " were given");
        return typeError(start() + "() takes " + std::to_string(positionals) + " positional argument"
                         + plural(positionals) + " but " + std::to_string(given)
                         + (given == 1 ? " was given" : " were given"));
    }

    /// All that must be given from there on, whether they are there or not; and the plural is the wrong way round.
    Failure missing(std::size_t first) const
    {
        std::string names;
        std::size_t count = 0;
        for (std::size_t i = first; i < m_signature.parameters.size(); ++i)
            if (m_signature.parameters[i].fallback.empty())
                names += (count++ ? ", \"" : "\"") + std::string(m_signature.parameters[i].name) + "\"";
        return typeError(start() + "() missing " + std::to_string(count) + " required positional argument"
                         + (count == 1 ? "s" : "") + ": " + names);
    }

    Failure unexpected() const
    {
        const auto& parameters = m_signature.parameters;
        for (const auto& [name, value] : m_call.named) {
            const auto found = std::ranges::find(parameters, name, &Parameter::name);
            if (found == parameters.end())
                return typeError(start() + "() got an unexpected keyword argument '" + name + "'");
            if (std::size_t(found - parameters.begin()) < m_call.positional.size())
                return typeError(start() + "() got multiple values for argument '" + name + "'");
        }
        return typeError("invalid keyword arguments");
    }

    const Signature& m_signature;
    const PythonCall& m_call;
    mutable bool m_takesSizes = false;
};

}  // namespace

std::vector<std::string_view> separated(std::string_view parameters)
{
    std::vector<std::string_view> all;
    while (!parameters.empty()) {
        const std::size_t end = std::min(parameters.find(", "), parameters.size());
        all.push_back(parameters.substr(0, end));
        parameters.remove_prefix(std::min(end + 2, parameters.size()));
    }
    return all;
}

Signature::Signature(std::string_view text, std::string_view operation)
{
    isHidden = text.starts_with(hidden);
    if (isHidden)
        text.remove_prefix(hidden.size());
    const std::size_t open = text.find('(');
    function = open == 0 ? operation : text.substr(0, open);
    bool isNamed = false;
    for (const std::string_view each : separated(text.substr(open + 1, text.size() - open - 2)))
        if (each == "*")
            isNamed = true;
        else if (each == "options")
            for (const std::string_view option : separated(options))
                parameters.push_back(parameterFrom(option, isNamed, false));
        else
            parameters.push_back(parameterFrom(each, isNamed, takesNumbers(function)));
}

std::size_t Signature::neededCount() const
{
    return std::size_t(std::ranges::count_if(
        parameters, [](const Parameter& parameter) { return parameter.fallback.empty(); }));
}

std::size_t Signature::positionalCount() const
{
    return std::size_t(std::ranges::count(parameters, false, &Parameter::isNamed));
}

std::string Signature::text() const
{
    std::string text = "(";
    bool isNamed = false;
    for (const Parameter& parameter : parameters) {
        text += text.size() == 1 ? "" : ", ";
        if (parameter.isNamed && !isNamed)
            text += "*, ";
        isNamed = parameter.isNamed;
        text += std::string(typeText(parameter.type)) + " " + std::string(parameter.name);
        if (!parameter.fallback.empty())
            text += " = " + std::string(parameter.fallback);
    }
    return text + ")";
}

std::string_view typeText(std::string_view type)
{
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"int[]", "tuple of ints"}, {"Tensor[]", "tuple of Tensors"}, {"dtype", "torch.dtype"},
        {"layout", "torch.layout"}, {"device", "torch.device"},       {"memory_format", "torch.memory_format"},
        {"Generator", "torch.Generator"}};
    const auto found = std::ranges::find(words, type, [](const auto& pair) { return pair.first; });
    return found == std::end(words) ? type : found->second;
}

const std::vector<Signature>& signatures(const Op& op)
{
    static std::mutex mutex;
    static std::map<const Op*, std::vector<Signature>> known;
    const std::scoped_lock lock(mutex);
    auto& result = known[&op];
    if (result.empty())
        for (const std::string_view text : op.overloads)
            result.emplace_back(text, op.name);
    return result;
}

Failure refused(const std::vector<Signature>& signatures, const PythonCall& call)
{
    if (signatures.empty())
        return std::nullopt;
    const std::size_t count = call.positional.size() + call.named.size();
    std::size_t plausibles = 0;
    Failure only;
    for (const Signature& signature : signatures) {
        const Fit fit(signature, call);
        const auto failure = fit();
        if (!failure)
            return fit.unpacked();
        if (signatures.size() == 1 || failure->message.starts_with("expected Tensor as element"))
            return failure;  // PyTorch looks no further.
        const bool isPlausible =
            !signature.isHidden && count >= signature.neededCount() && count <= signature.parameters.size();
        plausibles += isPlausible;
        if (isPlausible)
            only = failure;
    }
    return plausibles == 1 ? only : typeError(invalidCombination(signatures, call));
}

}  // namespace chainrule
