// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/field_reader.h"

#include "engine/io/json_text.h"

namespace chainrule {
namespace {

using Kind = JsonValue::Kind;

std::optional<std::vector<double>> numbersIn(const JsonValue& value)
{
    if (value.kind() != Kind::List)
        return std::nullopt;
    std::vector<double> numbers;
    bool areNumbers = true;
    value.forEachEntry([&](const JsonValue& entry) {
        areNumbers &= entry.isNumber();
        if (areNumbers)
            numbers.push_back(entry.number());
    });
    return areNumbers ? std::optional(std::move(numbers)) : std::nullopt;
}

}  // namespace

Complaint take(const JsonValue& value, bool& out)
{
    if (value.kind() != Kind::Bool)
        return "must be true or false";
    out = value.boolean();
    return {};
}

Complaint take(const JsonValue& value, std::string& out)
{
    if (value.kind() != Kind::String)
        return "must be a string";
    out = value.string();
    return {};
}

Complaint take(const JsonValue& value, Point& out)
{
    const auto numbers = numbersIn(value);
    if (!numbers || numbers->size() != 2)
        return "must be a list of two numbers, [x, y]";
    out = {(*numbers)[0], (*numbers)[1]};
    return {};
}

Complaint take(const JsonValue& value, std::optional<Point>& out) { return take(value, out.emplace()); }

Complaint take(const JsonValue& value, std::optional<Size>& out)
{
    const auto numbers = numbersIn(value);
    if (!numbers || numbers->size() != 2)
        return "must be a list of two numbers, [width, height]";
    out = {(*numbers)[0], (*numbers)[1]};
    return {};
}

Complaint take(const JsonValue& value, std::vector<Point>& out)
{
    Complaint complaint;
    if (value.kind() != Kind::List)
        complaint = "";
    else
        value.forEachEntry([&](const JsonValue& entry) {
            if (!complaint)
                complaint = take(entry, out.emplace_back());
        });
    return complaint ? Complaint("must be a list of points, [[x, y], …]") : complaint;
}

Complaint take(const JsonValue& value, std::vector<std::string>& out)
{
    Complaint complaint;
    if (value.kind() != Kind::List)
        complaint = "";
    else
        value.forEachEntry([&](const JsonValue& entry) {
            if (!complaint)
                complaint = take(entry, out.emplace_back());
        });
    return complaint ? Complaint("must be a list of names") : complaint;
}

Complaint take(const JsonValue& value, std::optional<std::int64_t>& out)
{
    if (!value.isNull() && (value.kind() != Kind::Int || value.integer() < 0))
        return "must be an int from 0, or null";
    out = value.isNull() ? std::nullopt : std::optional(value.integer());
    return {};
}

Complaint take(const JsonValue& value, std::optional<bool>& out)
{
    if (!value.isNull() && value.kind() != Kind::Bool)
        return "must be true, false or null";
    out = value.isNull() ? std::nullopt : std::optional(value.boolean());
    return {};
}

Complaint keep(std::string_view key, const JsonValue& value, RawFields& out)
{
    out.push_back({std::string(key), compactJson(value.text())});
    return {};
}

}  // namespace chainrule
