// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/layout.h"

#include <algorithm>

namespace chainrule {

std::optional<Point> Positions::find(NodeId node) const
{
    const auto found = std::ranges::lower_bound(m_entries, node, {}, &Entry::node);
    if (found == m_entries.end() || found->node != node)
        return std::nullopt;
    return found->point;
}

void Positions::set(NodeId node, Point point)
{
    const bool isLast = m_entries.empty() || m_entries.back().node < node;
    const auto found = isLast ? m_entries.end() : std::ranges::lower_bound(m_entries, node, {}, &Entry::node);
    if (!isLast && found->node == node)
        found->point = point;
    else
        m_entries.insert(found, {node, point});
}

void Positions::set(std::span<const Entry> entries)
{
    std::vector<Entry> given(entries.begin(), entries.end());
    std::ranges::stable_sort(given, {}, &Entry::node);
    std::vector<Entry> merged;
    merged.reserve(m_entries.size() + given.size());
    auto old = m_entries.begin();
    for (auto entry = given.begin(); entry != given.end(); ++entry) {
        if (entry + 1 != given.end() && entry->node == (entry + 1)->node)
            continue;
        for (; old != m_entries.end() && old->node < entry->node; ++old)
            merged.push_back(*old);
        if (old != m_entries.end() && old->node == entry->node)
            ++old;
        merged.push_back(*entry);
    }
    merged.insert(merged.end(), old, m_entries.end());
    m_entries = std::move(merged);
}

void Positions::erase(NodeId node)
{
    const auto found = std::ranges::lower_bound(m_entries, node, {}, &Entry::node);
    if (found != m_entries.end() && found->node == node)
        m_entries.erase(found);
}

}  // namespace chainrule
