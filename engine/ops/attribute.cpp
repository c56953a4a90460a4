// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/attribute.h"

#include "engine/base/number_text.h"

#include <cassert>
#include <cmath>
#include <type_traits>

namespace chainrule {
namespace {

std::string spelled(None) { return "None"; }
std::string spelled(bool value) { return value ? "True" : "False"; }
std::string spelled(std::int64_t value) { return std::to_string(value); }
std::string spelled(std::uint64_t value) { return std::to_string(value); }
std::string spelled(DType value) { return "torch." + std::string(name(value)); }

std::string spelled(double value)
{
    return std::isfinite(value) ? pythonFloat(value) : "float('" + pythonFloat(value) + "')";
}

std::string spelled(const std::string& value)
{
    std::string text = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\')
            text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text + "'";
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

std::string python(const Attribute& attribute)
{
    return std::visit([](const auto& value) { return spelled(value); }, attribute);
}

Scalar scalarOf(const Attribute& attribute)
{
    return std::visit(
        [](const auto& value) -> Scalar {
            if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
                return Scalar(value);
            assert(false);
            return Scalar();
        },
        attribute);
}

Attribute attributeOf(const Scalar& scalar)
{
    return std::visit([](auto value) { return Attribute(value); }, scalar);
}

}  // namespace chainrule
