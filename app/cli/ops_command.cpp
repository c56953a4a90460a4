// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/op_example.h"
#include "engine/io/attribute_json.h"
#include "engine/io/json_text.h"

#include <algorithm>

namespace chainrule::cli {
namespace {

std::string listJson(const auto& items, auto&& json)
{
    std::string text = "[";
    for (const auto& item : items)
        text += (text.size() == 1 ? "" : ", ") + json(item);
    return text + "]";
}

std::string parameterJson(const Parameter& parameter)
{
    std::string json = "{\"name\": " + quotedJson(parameter.name) + ", \"kind\": " + quotedJson(kindText(parameter));
    if (parameter.fallback)
        json += ", \"default\": " + jsonFromAttribute(*parameter.fallback);
    else if (parameter.isTensor() && parameter.acceptsNone)
        json += ", \"default\": null";
    if (!parameter.choices.empty())
        json += ", \"choices\": " + listJson(parameter.choices, quotedJson);
    return json + "}";
}

std::vector<std::string_view> differentiableParameters(const Op& op)
{
    std::vector<std::string_view> names;
    for (const Parameter& parameter : op.parameters)
        if (op.vjp && parameter.isTensor() && parameter.differentiable)
            names.push_back(parameter.name);
    return names;
}

std::string opJson(const Op& op)
{
    return "{\"name\": " + quotedJson(op.name) + ", \"torch\": " + quotedJson(op.torch)
           + ", \"category\": " + quotedJson(name(op.category)) + ", \"summary\": " + quotedJson(op.summary)
           + ",\n  \"parameters\": " + listJson(op.parameters, parameterJson) + ",\n  \"outputs\": "
           + listJson(op.outputs, [](std::string_view name) { return "{\"name\": " + quotedJson(name) + "}"; })
           + ", \"variadic_outputs\": " + (op.variadicOutputs ? "true" : "false")
           + ",\n  \"differentiable\": " + listJson(differentiableParameters(op), quotedJson)
           + ", \"formula\": " + quotedJson(op.formula) + ", \"gradient\": " + quotedJson(op.gradient) + "}";
}

std::string padded(std::string_view text, std::size_t width)
{
    return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string page(const Op& op)
{
    std::string text = std::string(op.name) + " (" + std::string(name(op.category)) + ")\n  "
                       + std::string(op.summary) + "\n\n  " + signature(op) + "\n";
    if (!op.symbol.empty())
        text += "  Python operator: " + std::string(op.symbol) + "\n";
    if (!op.parameters.empty())
        text += "\nParameters\n";
    for (const Parameter& parameter : op.parameters) {
        std::string help(parameter.help);
        for (std::size_t i = 0; i < parameter.choices.size(); ++i)
            help += (i ? ", " : "; one of ") + std::string(parameter.choices[i]);
        text += "  " + padded(parameter.name, 14) + "  " + padded(kindText(parameter), 10) + "  " + help + "\n";
    }
    text += "\nOutputs\n";
    for (const std::string_view output : op.outputs)
        text += "  " + std::string(output) + "\n";
    return text + "\nFormula   " + std::string(op.formula) + "\nGradient  " + std::string(op.gradient) + "\n\nExample\n"
           + exampleText(op);
}

}  // namespace

Status ops(const std::optional<std::string>& wanted, bool wantsJson)
{
    std::vector<const Op*> chosen;
    for (const Op& op : allOps())
        if (op.category != Category::Internal && (!wanted || op.name == *wanted))
            chosen.push_back(&op);
    if (chosen.empty()) {
        complain("there is no operation \"" + *wanted + "\"; 'chainrule ops' lists them");
        return unusable;
    }
    if (wantsJson) {
        print("{\"ops\": [");
        for (const Op* const op : chosen)
            print((op == chosen.front() ? "" : ",\n ") + opJson(*op));
        print("]}\n");
    } else if (wanted) {
        print(page(*chosen.front()));
    } else {
        std::size_t width = 0;
        for (const Op* const op : chosen)
            width = std::max(width, op->name.size());
        for (const Op* const op : chosen)
            print(padded(op->name, width) + "  " + padded(name(op->category), 14) + "  " + std::string(op->summary)
                  + "\n");
    }
    return finished(allIsWell);
}

}  // namespace chainrule::cli
