// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/breakpoints.h"

#include <algorithm>
#include <variant>

namespace chainrule {

void Breakpoints::toggle(const std::vector<NodeId>& nodes)
{
    const auto isMarked = [this](NodeId node) { return std::ranges::binary_search(m_nodes, node); };
    if (nodes.empty())
        return;
    if (std::ranges::all_of(nodes, isMarked)) {
        std::erase_if(m_nodes, [&](NodeId node) { return std::ranges::find(nodes, node) != nodes.end(); });
    } else {
        m_nodes.insert(m_nodes.end(), nodes.begin(), nodes.end());
        std::ranges::sort(m_nodes);
        m_nodes.erase(std::ranges::unique(m_nodes).begin(), m_nodes.end());
    }
    Q_EMIT changed();
}

void Breakpoints::setStops(const Stops& stops)
{
    if (m_stops == stops)
        return;
    m_stops = stops;
    Q_EMIT changed();
}

void Breakpoints::clearNodes()
{
    if (m_nodes.empty())
        return;
    m_nodes.clear();
    Q_EMIT changed();
}

void Breakpoints::follow(const Diagram& now)
{
    if (std::erase_if(m_nodes, [&](NodeId node) { return !now.graph.contains(node); }) > 0)
        Q_EMIT changed();
}

std::vector<Breakpoint> Breakpoints::list() const
{
    std::vector<Breakpoint> list;
    for (const NodeId node : m_nodes)
        list.push_back(AtNode{node});
    if (m_stops.atNotFinite)
        list.push_back(AtNotFinite{});
    if (m_stops.atNorm)
        list.push_back(AtNormAbove{m_stops.norm});
    return list;
}

QString inWords(const Breakpoint& breakpoint, const Graph& graph)
{
    if (const auto* const at = std::get_if<AtNode>(&breakpoint))
        return graph.contains(at->node) ? QString::fromStdString(graph.at(at->node).name) : QString();
    if (const auto* const above = std::get_if<AtNormAbove>(&breakpoint))
        return Breakpoints::tr("norm > %1").arg(above->norm);
    return Breakpoints::tr("NaN or Inf");
}

}  // namespace chainrule
