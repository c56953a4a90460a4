// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base/json_string.h"
#include "engine/graph/edit_rules.h"
#include "engine/graph/name.h"

#include <algorithm>
#include <charconv>

namespace chainrule {
namespace {

/// The wish as an identifier, as near as it comes.
std::string identifier(std::string_view wish)
{
    if (const auto point = wish.rfind('.'); point != wish.npos)
        wish.remove_prefix(point + 1);
    std::string name;
    for (const char c : wish)
        if (isName(std::string("_") + c))
            name += c;
        else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)  // Once for each character.
            name += '_';
    if (name.empty())
        return "node";
    return isName("_" + name) && (name.front() < '0' || name.front() > '9') ? name : "_" + name;
}

}  // namespace

std::optional<std::string> newNameComplaint(const Diagram& diagram, std::string_view name, NodeId except)
{
    if (auto complaint = nameComplaint(name))
        return complaint;
    if (const auto node = diagram.graph.find(name); node && *node != except)
        return "a node is called " + shown(name);
    if (std::ranges::find(diagram.layout.groups, name, &Group::name) != diagram.layout.groups.end())
        return "a group is called " + shown(name);
    return std::nullopt;
}

std::string freeName(const Diagram& diagram, std::string_view wish)
{
    std::string name = identifier(wish);
    if (!newNameComplaint(diagram, name))
        return name;
    // Counts on from the number that it has: "x1" becomes "x2" and not "x11".
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    std::uint64_t number = 0;
    const auto read = std::from_chars(name.data() + digits, name.data() + name.size(), number);
    const std::string stem = read.ec == std::errc() && (name[digits] != '0' || digits + 1 == name.size())
                                 ? name.substr(0, digits)
                                 : name;
    if (stem.size() == name.size())
        number = 0;
    for (;;)
        if (std::string next = stem + std::to_string(++number); !newNameComplaint(diagram, next))
            return next;
}

}  // namespace chainrule
