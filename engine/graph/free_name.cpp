// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/free_name.h"

#include "engine/graph/edit.h"
#include "engine/graph/name.h"

#include <algorithm>
#include <charconv>

namespace chainrule {
namespace {

/// The wish as an identifier, as near as it comes; it may be a keyword.
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
    return isName(name) || isPythonKeyword(name) ? name : "_" + name;
}

/// "x" and 1 of "x1": what is counted on, so that the next is "x2" and not "x11". A number that begins with 0
/// is part of the name.
std::pair<std::string, std::uint64_t> stemAndNumber(const std::string& name)
{
    const std::size_t stem = name.find_last_not_of("0123456789") + 1;
    const bool isNumber = stem < name.size() && (name[stem] != '0' || stem + 1 == name.size());
    std::uint64_t number = 0;
    const auto read = std::from_chars(name.data() + stem, name.data() + name.size(), number);
    if (!isNumber || read.ec != std::errc())
        return {name, 0};
    return {name.substr(0, stem), number};
}

}  // namespace

FreeNames::FreeNames(const Diagram& diagram) : m_diagram(diagram)
{
    for (const Group& group : diagram.layout.groups)
        m_taken.insert(group.name);
}

bool FreeNames::isFree(const std::string& name) const
{
    return isName(name) && !m_diagram.graph.find(name) && !m_taken.contains(name);
}

bool FreeNames::take(const std::string& wish)
{
    if (!isFree(wish))
        return false;
    m_taken.insert(wish);
    return true;
}

std::string FreeNames::takeLike(std::string_view wish)
{
    std::string name = identifier(wish);
    if (take(name))
        return name;
    const auto [stem, number] = stemAndNumber(name);
    std::uint64_t& last = m_numbers[stem];
    last = std::max(last, number);
    do
        name = stem + std::to_string(++last);
    while (!take(name));
    return name;
}

std::string freeName(const Diagram& diagram, std::string_view wish)
{
    return FreeNames(diagram).takeLike(wish);
}

}  // namespace chainrule
