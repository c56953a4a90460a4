// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/source_text.h"

#include "engine/ops/op.h"
#include "engine/tensor/literal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace chainrule {
namespace {

constexpr int mostDecimals = 15;

/// The parameter that holds what is typed; nullptr: there is none.
const Parameter* typedParameter(const Op& op)
{
    const auto literal =
        std::ranges::find_if(op.parameters, [](const Parameter& p) { return !p.literalOf.empty(); });
    if (literal != op.parameters.end())
        return &*literal;
    const bool isNumber = op.parameters.size() == 1 && op.parameters.front().kind == Parameter::Kind::Number;
    return isNumber ? &op.parameters.front() : nullptr;
}

/// How many decimals the shortest text of the number has.
int decimals(double value)
{
    char digits[400];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
    const char* point = std::find(digits, end.ptr, '.');
    return point == end.ptr ? 0 : int(end.ptr - point) - 1;
}

/// The decimal place of a hundredth of the order of magnitude; of what is near 1, of 0.01.
int stepDecimals(double value)
{
    const double magnitude = std::abs(value);
    if (!(magnitude > 0) || (magnitude >= 0.1 && magnitude < 10))
        return 2;
    return std::clamp(2 - int(std::floor(std::log10(magnitude))), -300, mostDecimals);
}

double changed(double value, double steps)
{
    const int step = stepDecimals(value);
    const int places = std::clamp(std::max(decimals(value), step + 1), 0, mostDecimals);
    // In units of the last place both are whole, and dividing by a power of ten rounds once.
    const double unit = std::pow(10.0, places);
    return (std::round(value * unit) + std::round(steps * std::pow(10.0, places - step))) / unit;
}

}  // namespace

std::optional<SourceText> sourceText(const Node& node)
{
    const Op* op = findOp(node.op);
    const Parameter* parameter = op ? typedParameter(*op) : nullptr;
    if (!parameter)
        return std::nullopt;
    const auto given = node.attributes.find(parameter->name);
    if (given == node.attributes.end())
        return std::nullopt;
    SourceText source{std::string(parameter->name), {}, !parameter->literalOf.empty()};
    if (const auto* text = std::get_if<std::string>(&given->second))
        source.text = *text;  // Of a number: "nan", "inf".
    else if (!source.isLiteral)
        source.text = python(given->second);
    else
        return std::nullopt;
    return source;
}

SetAttribute sourceAsItIs(const Graph& graph, NodeId node)
{
    const std::string attribute = sourceText(graph.at(node))->attribute;
    return {node, attribute, graph.at(node).attributes.find(attribute)->second};
}

Result<SetAttribute> withSourceText(const Graph& graph, NodeId node, const std::string& text)
{
    const Node& before = graph.at(node);
    const Op& op = *findOp(before.op);
    const auto source = sourceText(before);
    SetAttribute edit{node, source->attribute, text};
    if (!source->isLiteral) {
        const auto number = numberLiteral(text);
        if (!number)
            return number.error();
        edit.value = attributeOf(*number);
    }
    Attributes given = before.attributes;
    given[edit.attribute] = edit.value;
    const auto attributes = completed(op, {}, given);
    if (!attributes)
        return attributes.error();
    const auto tensors = computed(op, {}, *attributes);
    if (!tensors)
        return tensors.error();
    return edit;
}

std::optional<SourceNumber> SourceNumber::of(const Graph& graph, NodeId node, std::int64_t element)
{
    const auto source = sourceText(graph.at(node));
    const auto number = source ? literalNumber(source->text, element) : std::nullopt;
    if (!number)
        return std::nullopt;
    return SourceNumber(source->text, *number);
}

std::string SourceNumber::changedBy(double steps) const
{
    if (const auto* whole = std::get_if<std::int64_t>(&m_number.value)) {
        // Through double only the change: an int keeps all of its digits.
        std::int64_t sum = 0;
        if (__builtin_add_overflow(*whole, std::llround(steps), &sum))
            return m_text;
        return withNumber(m_text, m_number, sum);
    }
    return withNumber(m_text, m_number, changed(as<double>(m_number.value), steps));
}

}  // namespace chainrule
