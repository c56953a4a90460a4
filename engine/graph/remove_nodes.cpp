// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/remove_nodes.h"
#include "engine/ops/op.h"

#include <algorithm>

namespace chainrule {
namespace {

/// Which nodes of a graph go, by their places in it.
class Removal {
public:
    Removal(const Graph& graph, std::span<const NodeId> nodes) : m_graph(graph), m_isRemoved(graph.size())
    {
        for (const NodeId node : nodes)
            m_isRemoved[*graph.indexOf(node)] = true;
    }

    bool takes(NodeId node) const { return m_isRemoved[*m_graph.indexOf(node)]; }
    bool takes(const Source& source) const { return takes(source.node); }
    bool takes(const std::optional<Source>& source) const { return source && takes(*source); }

private:
    const Graph& m_graph;
    std::vector<bool> m_isRemoved;
};

/// Whether the route's link stays; then its item is brought to where it will stand. Precondition: inputs are
/// as before.
bool keepsRoute(Route& route, const Graph& graph, const Removal& removal)
{
    if (removal.takes(route.to))
        return false;
    const Node& node = graph.at(route.to);
    const Op* const op = findOp(node.op);
    for (std::size_t i = 0; op && i < node.inputs.size(); ++i) {
        const Parameter* const parameter = op->tensorParameter(i);
        if (!parameter || parameter->name != route.parameter)
            continue;
        if (const Source* const single = node.inputs[i].single())
            return !removal.takes(*single);
        const SourceList* const list = node.inputs[i].list();
        if (!list || !route.item || *route.item < 0 || std::size_t(*route.item) >= list->size())
            return true;
        const auto item = list->begin() + *route.item;
        if (removal.takes(*item))
            return false;
        *route.item -=
            std::count_if(list->begin(), item, [&](const auto& source) { return removal.takes(source); });
        return true;
    }
    return true;
}

void openInputs(Graph& graph, NodeId id, const Removal& removal)
{
    bool isConcerned = false;
    forEachSource(graph.at(id),
                  [&](const Source& source) { isConcerned = isConcerned || removal.takes(source); });
    if (!isConcerned)
        return;
    Node node = graph.at(id);
    for (Input& input : node.inputs) {
        if (const Source* const single = input.single(); single && removal.takes(*single))
            input = {};
        else if (auto* const list = std::get_if<SourceList>(&input.value))
            std::erase_if(*list, [&](const auto& source) { return removal.takes(source); });
    }
    dropOpenEnd(node.inputs);
    graph.replace(id, std::move(node));
}

/// Whether the pass stays.
bool keepsPass(Pass& pass, const Removal& removal)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pass.roots.size(); ++i) {
        if (removal.takes(pass.roots[i])) {
            if (kept < pass.gradients.size())
                pass.gradients.erase(pass.gradients.begin() + kept);
        } else {
            if (kept != i)
                pass.roots[kept] = std::move(pass.roots[i]);
            ++kept;
        }
    }
    pass.roots.resize(kept);
    for (auto& gradient : pass.gradients)
        if (removal.takes(gradient))
            gradient.reset();
    if (pass.inputs)
        std::erase_if(*pass.inputs, [&](const Source& input) { return removal.takes(input); });
    return !pass.roots.empty();
}

}  // namespace

void removeNodes(Diagram& diagram, std::span<const NodeId> nodes)
{
    auto& [graph, layout, lesson, unknownFields] = diagram;
    const Removal removal(graph, nodes);
    const auto isTaken = [&](NodeId node) { return removal.takes(node); };

    std::erase_if(layout.routes, [&](Route& route) { return !keepsRoute(route, graph, removal); });
    layout.positions.keep([&](NodeId node) { return !removal.takes(node); });
    for (Group& group : layout.groups)
        std::erase_if(group.nodes, isTaken);
    for (Frame& frame : graph.frames)
        std::erase_if(frame.nodes, isTaken);
    std::erase_if(graph.backward, [&](BackwardStep& step) {
        auto* const pass = std::get_if<Pass>(&step);
        return pass && !keepsPass(*pass, removal);
    });
    for (const NodeId id : graph.ids())
        if (!removal.takes(id))
            openInputs(graph, id, removal);
    graph.remove(nodes);
}

}  // namespace chainrule
