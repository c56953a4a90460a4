// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/upstream.h"

namespace chainrule {

Upstream::Upstream(const Graph& graph, NodeId node) : m_graph(&graph), m_next(graph.size(), unreached)
{
    const auto start = Index(*graph.indexOf(node));
    m_next[start] = start;
    std::vector<Index> reached = {start};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        const Index consumer = reached[i];
        forEachSource(graph[consumer], [&](const Source& source) {
            const auto index = Index(*graph.indexOf(source.node));
            if (m_next[index] != unreached)
                return;
            m_next[index] = consumer;
            reached.push_back(index);
        });
    }
}

bool Upstream::contains(NodeId node) const
{
    const auto index = m_graph->indexOf(node);
    return index && m_next[*index] != unreached;
}

std::vector<NodeId> Upstream::wayFrom(NodeId node) const
{
    auto index = Index(*m_graph->indexOf(node));
    std::vector<NodeId> way = {node};
    for (; m_next[index] != index; index = m_next[index])
        way.push_back(m_graph->ids()[m_next[index]]);
    return way;
}

}  // namespace chainrule
