// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/signature.h"

#include <algorithm>
#include <unordered_map>

namespace chainrule {
namespace {

/// In the order in which a hash table yields them, as PyTorch prints them.
using Keywords = std::unordered_map<std::string, const PythonArgument*>;

/// A signature as PyTorch reads it back from the text that it prints: split at commas. So the star counts as a parameter,
/// and of one with a default the last word is taken for its name and the rest for its type, which nothing has.
struct Printed {
    struct Parameter {
        std::string type;
        std::string name;
    };
    std::vector<Parameter> parameters;

    explicit Printed(const Signature& signature)
    {
        const std::string text = signature.text();
        for (const std::string_view each : separated(std::string_view(text).substr(1, text.size() - 2))) {
            const std::size_t blank = each.rfind(' ');
            const bool isStar = blank == std::string_view::npos;
            parameters.push_back({std::string(isStar ? each : each.substr(0, blank)),
                                  std::string(isStar ? each : each.substr(blank + 1))});
        }
    }
};

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// "(Tensor, dim=list)"; with a comma too many where nothing is given by position.
std::string givenText(const PythonCall& call, const Keywords& keywords)
{
    std::string text = "(";
    for (const PythonArgument& argument : call.positional)
        text += argument.type + ", ";
    for (const auto& [name, argument] : keywords)
        text += name + "=" + argument->type + ", ";
    if (!call.positional.empty())
        text.erase(text.size() - 2);
    return text + ")";
}

bool isOf(const std::string& type, const PythonArgument& argument)
{
    if (type == "float")
        return argument.type == "float" || argument.type == "int";
    return argument.type == type;
}

std::string describedText(const PythonArgument& argument)
{
    if (!argument.isSequence())
        return argument.type;
    const bool isTuple = argument.isTuple();
    const std::string close = isTuple ? argument.items.size() == 1 ? ",)" : ")" : "]";
    return argument.type + " of " + (isTuple ? "(" : "[") + joined(argument.items) + close;
}

/// "(Tensor, !list of [int]!)": what is of another type stands between exclamation marks.
std::string markedText(const Printed& printed, const PythonCall& call, const Keywords& keywords)
{
    std::string text = "(";
    for (std::size_t i = 0; i < call.positional.size() + keywords.size(); ++i) {
        const bool isNamed = i >= call.positional.size();
        const auto& parameter = printed.parameters[i];
        const PythonArgument& argument = isNamed ? *keywords.at(parameter.name) : call.positional[i];
        const std::string mark = isOf(parameter.type, argument) ? "" : "!";
        text += mark + (isNamed ? parameter.name + "=" : "") + describedText(argument) + mark + ", ";
    }
    if (!call.positional.empty())
        text.erase(text.size() - 2);
    return text + ")";
}

/// Those that the last parameters, as many as there are keywords, have no place for.
std::vector<std::string> unmatched(const Printed& printed, const Keywords& keywords)
{
    const std::size_t count = printed.parameters.size();
    const auto first = printed.parameters.begin() + std::ptrdiff_t(count - std::min(count, keywords.size()));
    std::vector<std::string> names;
    for (const auto& [name, argument] : keywords)
        if (std::find_if(first, printed.parameters.end(), [&](const auto& each) { return each.name == name; })
            == printed.parameters.end())
            names.push_back(name);
    return names;
}

}  // namespace

std::string invalidCombination(const std::vector<Signature>& signatures, const PythonCall& call)
{
    Keywords keywords;
    for (const auto& [name, argument] : call.named)
        keywords.emplace(name, &argument);
    std::vector<const Signature*> shown;
    for (const Signature& signature : signatures)
        if (!signature.isHidden)
            shown.push_back(&signature);
    const std::size_t count = call.positional.size() + keywords.size();

    std::string text = std::string(signatures.front().function) + "() received an invalid combination of arguments - got ";
    if (shown.size() == 1) {
        const Printed printed(*shown.front());
        if (const auto names = unmatched(printed, keywords); !names.empty())
            return text + "unrecognized keyword arguments: " + joined(names);
        const bool isCountRight = count == printed.parameters.size();
        return text + (isCountRight ? markedText(printed, call, keywords) : givenText(call, keywords))
               + ", but expected " + shown.front()->text();
    }
    text += givenText(call, keywords) + ", but expected one of:\n";
    for (const Signature* const signature : shown) {
        text += " * " + signature->text() + "\n";
        const Printed printed(*signature);
        if (count != printed.parameters.size())
            continue;
        const auto names = unmatched(printed, keywords);
        text += "      didn't match because some of the ";
        text += names.empty() ? "arguments have invalid types: " + markedText(printed, call, keywords)
                              : "keywords were incorrect: " + joined(names);
        text += "\n";
    }
    return text;
}

}  // namespace chainrule
