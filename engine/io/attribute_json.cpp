// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/attribute_json.h"

#include "engine/base/number_text.h"
#include "engine/io/json_text.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

using Kind = JsonValue::Kind;

std::optional<double> floatFromJson(const JsonValue& value)
{
    if (value.kind() == Kind::Int || value.kind() == Kind::Float)
        return value.number();
    if (value.kind() != Kind::String)
        return std::nullopt;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (value.string() == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    if (value.string() == "inf")
        return infinity;
    if (value.string() == "-inf")
        return -infinity;
    return std::nullopt;
}

std::optional<std::optional<std::int64_t>> intOrNoneFromJson(const JsonValue& value)
{
    if (value.isNull())
        return std::optional<std::int64_t>();
    if (value.kind() == Kind::Int)
        return std::optional(value.integer());
    return std::nullopt;
}

std::optional<std::int64_t> intFromJson(const JsonValue& value)
{
    return value.kind() == Kind::Int ? std::optional(value.integer()) : std::nullopt;
}

/// The list whose entries `read` gives, unless there is one that it cannot.
template <typename T, typename Read>
std::optional<std::vector<T>> listFromJson(const JsonValue& list, const Read& read)
{
    std::vector<T> entries;
    bool isRead = true;
    list.forEachEntry([&](const JsonValue& value) {
        if (!isRead)
            return;
        if (auto entry = read(value))
            entries.push_back(std::move(*entry));
        else
            isRead = false;
    });
    return isRead ? std::optional(std::move(entries)) : std::nullopt;
}

std::optional<IntList> intsFromJson(const JsonValue& value)
{
    return value.kind() == Kind::List ? listFromJson<std::int64_t>(value, intFromJson) : std::nullopt;
}

std::optional<Attribute> listAttribute(const JsonValue& list)
{
    if (auto ints = intsFromJson(list))
        return std::move(*ints);
    if (auto ints = listFromJson<std::optional<std::int64_t>>(list, intOrNoneFromJson))
        return std::move(*ints);
    if (auto floats = listFromJson<double>(list, floatFromJson))
        return std::move(*floats);
    if (auto lists = listFromJson<IntList>(list, intsFromJson))
        return std::move(*lists);
    return std::nullopt;
}

/// Of an int that int64 does not hold.
std::optional<Attribute> unsignedAttribute(std::string_view digits)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional<Attribute>(value) : std::nullopt;
}

std::string spelled(None) { return "null"; }
std::string spelled(bool value) { return value ? "true" : "false"; }
std::string spelled(std::int64_t value) { return std::to_string(value); }
std::string spelled(std::uint64_t value) { return std::to_string(value); }
std::string spelled(const std::string& value) { return quotedJson(value); }
std::string spelled(DType value) { return quotedJson(name(value)); }

std::string spelled(double value)
{
    const std::string text = pythonFloat(value);
    return std::isfinite(value) ? text : quotedJson(text);
}

std::string spelled(const std::optional<std::int64_t>& value)
{
    return value ? spelled(*value) : spelled(None());
}

template <typename T>
std::string spelled(const std::vector<T>& values)
{
    std::string text = "[";
    for (const T& value : values)
        text += (text.size() == 1 ? "" : ", ") + spelled(value);
    return text + "]";
}

}  // namespace

std::optional<Attribute> attributeFromJson(const JsonValue& value)
{
    switch (value.kind()) {
    case Kind::Null: return None();
    case Kind::Bool: return value.boolean();
    case Kind::Int: return value.integer();
    case Kind::Float: return value.number();
    case Kind::String: return std::string(value.string());
    case Kind::List: return listAttribute(value);
    case Kind::BigInt: return unsignedAttribute(value.text());
    case Kind::Object: break;
    }
    return std::nullopt;
}

std::string jsonFromAttribute(const Attribute& attribute)
{
    return std::visit([](const auto& value) { return spelled(value); }, attribute);
}

}  // namespace chainrule
