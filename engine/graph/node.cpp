// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/node.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

namespace chainrule {
namespace {

template <typename T>
bool same(const T& a, const T& b)
{
    return a == b;
}

bool same(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

bool same(const FloatList& a, const FloatList& b)
{
    return std::ranges::equal(a, b, [](double x, double y) { return same(x, y); });
}

bool same(const Attributes& a, const Attributes& b)
{
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
        if (x.first != y.first || x.second.index() != y.second.index())
            return false;
        return std::visit(
            [&](const auto& value) {
                return same(value, *std::get_if<std::decay_t<decltype(value)>>(&y.second));
            },
            x.second);
    });
}

}  // namespace

void Node::setComment(std::string comment)
{
    NodeExtras changed = *extras;
    changed.comment = std::move(comment);
    extras = std::move(changed);
}

bool Node::hasAttribute(std::string_view attribute) const
{
    return attributes.contains(attribute)
           || std::ranges::find(extras->unreadAttributes, attribute, &RawField::key)
                  != extras->unreadAttributes.end();
}

void Node::setAttribute(std::string_view attribute, Attribute value)
{
    removeAttribute(attribute);
    attributes.emplace(attribute, std::move(value));
}

void Node::removeAttribute(std::string_view attribute)
{
    if (const auto found = attributes.find(attribute); found != attributes.end()) {
        attributes.erase(found);
    } else if (hasAttribute(attribute)) {
        NodeExtras changed = *extras;
        std::erase_if(changed.unreadAttributes, [&](const RawField& f) { return f.key == attribute; });
        extras = std::move(changed);
    }
}

Attribute documented(Attribute attribute)
{
    if (const auto* dtype = std::get_if<DType>(&attribute))
        return std::string(name(*dtype));
    if (const auto* number = std::get_if<double>(&attribute); number && !std::isfinite(*number))
        return std::isnan(*number) ? "nan" : *number > 0 ? "inf" : "-inf";
    if (const auto* items = std::get_if<OptionalIntList>(&attribute);
        items && std::ranges::all_of(*items, &std::optional<std::int64_t>::has_value)) {
        IntList ints;
        for (const auto& item : *items)
            ints.push_back(*item);
        return ints;
    }
    const auto* lists = std::get_if<IntListList>(&attribute);
    const auto* floats = std::get_if<FloatList>(&attribute);
    if ((lists && lists->empty()) || (floats && floats->empty()))
        return IntList();
    return attribute;
}

void dropOpenEnd(Inputs& inputs)
{
    while (!inputs.empty() && inputs.back().isOpen())
        inputs.pop_back();
}

bool Node::operator==(const Node& other) const
{
    return name == other.name && op == other.op && inputs == other.inputs
           && same(attributes, other.attributes) && retainGrad == other.retainGrad && muted == other.muted
           && extras == other.extras;
}

}  // namespace chainrule
