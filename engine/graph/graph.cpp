// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/graph.h"

#include <algorithm>
#include <cassert>

namespace chainrule {

std::optional<std::size_t> Graph::indexOf(NodeId id) const
{
    if (m_ids.empty() || id < m_ids.front())
        return std::nullopt;
    // Ids ascend by at least one, so this is the last place where it can stand.
    const std::size_t last = std::min<std::size_t>(id.value - m_ids.front().value, m_ids.size() - 1);
    if (m_ids[last] == id)
        return last;
    const auto found = std::lower_bound(m_ids.begin(), m_ids.begin() + last, id);
    if (*found != id)
        return std::nullopt;
    return found - m_ids.begin();
}

std::optional<NodeId> Graph::find(std::string_view name) const
{
    return m_names.find(name, [this](NodeId id) -> std::string_view { return at(id).name; });
}

void Graph::reserve(std::size_t count)
{
    m_ids.reserve(count);
    m_nodes.reserve(count);
}

NodeId Graph::add(std::shared_ptr<const Node> node)
{
    assert(!find(node->name));
    const NodeId id{++m_lastId};
    const std::string_view name = node->name;
    m_ids.push_back(id);
    m_nodes.push_back(std::move(node));
    m_names.insert(id, name);
    return id;
}

void Graph::replace(NodeId id, std::shared_ptr<const Node> node)
{
    std::shared_ptr<const Node>& place = m_nodes[*indexOf(id)];
    const bool isRenamed = place->name != node->name;
    if (isRenamed)
        m_names.erase(id, place->name);
    place = std::move(node);
    if (isRenamed) {
        assert(!find(place->name));
        m_names.insert(id, place->name);
    }
}

void Graph::remove(std::span<const NodeId> ids)
{
    for (const NodeId id : ids) {
        const auto index = indexOf(id);
        if (!index || !m_nodes[*index])
            continue;
        m_names.erase(id, m_nodes[*index]->name);
        m_nodes[*index].reset();
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        if (!m_nodes[i])
            continue;
        m_ids[kept] = m_ids[i];
        if (kept != i)
            m_nodes[kept] = std::move(m_nodes[i]);
        ++kept;
    }
    m_ids.resize(kept);
    m_nodes.resize(kept);
}

bool Graph::operator==(const Graph& other) const
{
    return m_ids == other.m_ids && backward == other.backward && frames == other.frames
           && std::ranges::equal(m_nodes, other.m_nodes,
                                 [](const auto& a, const auto& b) { return a == b || *a == *b; });
}

}  // namespace chainrule
