// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/attribute_text.h"

#include "engine/base/number_text.h"
#include "engine/tensor/python_literal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;
using Value = PythonValue;

Error syntaxError(std::string message, std::size_t offset = 0)
{
    return {.kind = Error::Kind::SyntaxError, .message = std::move(message), .offset = offset};
}

Result<std::int64_t> integer(const Value& value)
{
    constexpr std::uint64_t greatest = std::numeric_limits<std::int64_t>::max();
    if (value.kind == Value::Kind::HugeInt || value.magnitude() > greatest + value.isNegative)
        return Error{.kind = Error::Kind::OverflowError, .message = "int too large to convert",
                     .offset = value.offset};
    const std::uint64_t bits = value.isNegative ? 0 - value.magnitude() : value.magnitude();
    return std::int64_t(bits);
}

bool isInteger(const Value& value)
{
    return value.kind == Value::Kind::Int || value.kind == Value::Kind::HugeInt;
}

double asDouble(const Value& value)
{
    if (value.kind != Value::Kind::Int)
        return value.number();
    return value.isNegative ? -double(value.magnitude()) : double(value.magnitude());
}

Result<Attribute> scalar(const Value& value, std::string_view text)
{
    switch (value.kind) {
    case Value::Kind::NoneType: return Attribute(None());
    case Value::Kind::Bool: return Attribute(value.magnitude() != 0);
    case Value::Kind::Float: return Attribute(value.number());
    // Between its quotes: what words there are need no escapes.
    case Value::Kind::Str: return Attribute(std::string(text.substr(value.offset + 1, value.length())));
    default: break;
    }
    const auto number = integer(value);
    return number ? Result<Attribute>(Attribute(*number)) : number.error();
}

/// The members of a list, by where they begin.
std::vector<std::size_t> members(const PythonLiteral& values, std::size_t list)
{
    std::vector<std::size_t> found;
    for (std::size_t at = list + 1; at < endOf(values, list); at = endOf(values, at))
        found.push_back(at);
    return found;
}

Result<IntList> integers(const PythonLiteral& values, std::size_t list)
{
    IntList result;
    for (const std::size_t at : members(values, list)) {
        if (!isInteger(values[at]))
            return Error{.kind = Error::Kind::TypeError,
                         .message = "a list of ints has no place for a " + std::string(typeName(values[at])),
                         .offset = values[at].offset};
        const auto number = integer(values[at]);
        if (!number)
            return number.error();
        result.push_back(*number);
    }
    return result;
}

/// Of the kind that its members ask for; of ints where they are mixed beyond that, which says why.
Result<Attribute> list(const PythonLiteral& values, std::size_t at)
{
    const std::vector<std::size_t> items = members(values, at);
    const auto all = [&](auto&& is) {
        return std::ranges::all_of(items, [&](std::size_t item) { return is(values[item]); });
    };
    const auto isNumber = [](const Value& value) { return isInteger(value) || value.kind == Value::Kind::Float; };
    if (!items.empty() && all([](const Value& value) { return value.isList(); })) {
        IntListList lists;
        for (const std::size_t item : items) {
            auto inner = integers(values, item);
            if (!inner)
                return inner.error();
            lists.push_back(*std::move(inner));
        }
        return Attribute(std::move(lists));
    }
    if (!all(isInteger) && all(isNumber)) {
        FloatList numbers;
        for (const std::size_t item : items)
            numbers.push_back(asDouble(values[item]));
        return Attribute(std::move(numbers));
    }
    if (!all(isInteger)
        && all([](const Value& value) { return isInteger(value) || value.kind == Value::Kind::NoneType; })) {
        OptionalIntList numbers;
        for (const std::size_t item : items) {
            if (!isInteger(values[item])) {
                numbers.push_back(std::nullopt);
                continue;
            }
            const auto number = integer(values[item]);
            if (!number)
                return number.error();
            numbers.push_back(*number);
        }
        return Attribute(std::move(numbers));
    }
    auto numbers = integers(values, at);
    return numbers ? Result<Attribute>(Attribute(*std::move(numbers))) : numbers.error();
}

Result<Attribute> fromPython(std::string_view text)
{
    const auto values = pythonLiteral(text);
    if (!values)
        return values.error();
    const std::uint64_t arguments = values->front().length();
    if (arguments == 0)
        return syntaxError("a value is missing");
    const bool isAlone = arguments == 1;
    if (isAlone && !(*values)[1].isList())
        return scalar((*values)[1], text);
    return list(*values, isAlone ? 1 : 0);
}

bool takesWords(Kind kind)
{
    return kind == Kind::NumberOrString || kind == Kind::IntsOrString;
}

/// JSON has no words for these.
Attribute asDocumentGivesIt(Attribute attribute)
{
    const auto* const number = std::get_if<double>(&attribute);
    return number && !std::isfinite(*number) ? Attribute(pythonFloat(*number)) : attribute;
}

std::string_view withoutBlanks(std::string_view text)
{
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos)
        return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

}  // namespace

Result<Attribute> attributeFromText(const Op& op, const Parameter& parameter, std::string_view text)
{
    const std::string_view word = withoutBlanks(text);
    if (parameter.acceptsNone && word == "None")
        return Attribute(None());
    if (parameter.kind == Kind::String)
        return Attribute(std::string(text));
    if (parameter.kind == Kind::DType) {
        const std::string_view module = "torch.";
        const std::string_view name = word.starts_with(module) ? word.substr(module.size()) : word;
        const auto fitting = converted(op, parameter, Attribute(std::string(name)));
        return fitting ? Result<Attribute>(Attribute(std::string(name))) : fitting.error();
    }
    auto attribute = fromPython(text);
    if (!attribute && takesWords(parameter.kind) && attribute.error().kind == Error::Kind::NameError)
        attribute = Attribute(std::string(word));
    if (!attribute)
        return attribute.error();
    if (parameter.kind == Kind::Floats && std::get_if<double>(&*attribute))
        attribute = Attribute(FloatList{std::get<double>(*attribute)});
    Attribute given = asDocumentGivesIt(*std::move(attribute));
    if (const auto fitting = converted(op, parameter, given); !fitting)
        return fitting.error();
    return given;
}

std::string textOf(const Parameter& parameter, const Attribute& attribute)
{
    if (const auto* const string = std::get_if<std::string>(&attribute))
        return *string;
    if (const auto* const dtype = std::get_if<DType>(&attribute))
        return std::string(name(*dtype));
    std::string text = python(attribute);
    const auto* const numbers = std::get_if<IntList>(&attribute);
    if (parameter.kind == Kind::Ints && numbers && !numbers->empty())
        text = text.substr(1, text.size() - 2);
    return text;
}

}  // namespace chainrule
