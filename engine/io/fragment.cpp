// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/fragment.h"

#include "engine/graph/free_name.h"
#include "engine/graph/plan.h"
#include "engine/io/document.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

namespace chainrule {
namespace {

constexpr Size cell = {240, 160};  // Room for a node whose place nobody has chosen.

/// Nodes by themselves: everything that is drawn around them, runs them or leads out of them is left away.
Diagram partOf(const Diagram& diagram, std::span<const NodeId> nodes)
{
    std::vector<NodeId> kept(nodes.begin(), nodes.end());
    std::ranges::sort(kept);
    RemoveNodes others;
    for (const NodeId id : diagram.graph.ids())
        if (!std::ranges::binary_search(kept, id))
            others.nodes.push_back(id);
    auto rest = apply(diagram, others);
    assert(rest);
    Diagram part;
    part.graph = std::move(rest->graph);
    part.graph.backward.clear();
    part.graph.frames.clear();
    part.layout.positions = std::move(rest->layout.positions);
    return part;
}

/// Positions for all nodes: those without one stand below the others, from left to right as values flow.
std::unordered_map<NodeId, Point> placed(const Diagram& part)
{
    std::unordered_map<NodeId, Point> points;
    Point corner;
    bool isFirst = true;
    for (const auto& [node, point] : part.layout.positions.entries()) {
        points[node] = point;
        corner.x = isFirst ? point.x : std::min(corner.x, point.x);
        corner.y = isFirst ? point.y + cell.height : std::max(corner.y, point.y + cell.height);
        isFirst = false;
    }
    std::unordered_map<NodeId, std::size_t> columns;
    std::vector<std::size_t> heights;
    for (const NodeId id : orderOf(part.graph)) {
        if (points.contains(id))
            continue;
        std::size_t column = 0;
        forEachSource(part.graph.at(id), [&](const Source& source) {
            if (const auto found = columns.find(source.node); found != columns.end())
                column = std::max(column, found->second + 1);
        });
        columns[id] = column;
        heights.resize(std::max(heights.size(), column + 1));
        points[id] = {corner.x + cell.width * double(column),
                      corner.y + cell.height * double(heights[column]++)};
    }
    return points;
}

/// The names that the nodes get where they are going: their own if they can, and the others around those.
std::unordered_map<NodeId, std::string> freeNames(const Diagram& into, const Graph& nodes)
{
    FreeNames free(into);
    std::unordered_map<NodeId, std::string> names;
    for (const NodeId id : nodes.ids())
        if (free.take(nodes.at(id).name))
            names[id] = nodes.at(id).name;
    for (const NodeId id : nodes.ids())
        if (!names.contains(id))
            names[id] = free.takeLike(nodes.at(id).name);
    return names;
}

/// Calls `f(Source&)` for every connected tensor.
template <typename F>
void changeSources(Inputs& inputs, const F& f)
{
    for (Input& input : inputs) {
        if (auto* const single = std::get_if<Source>(&input.value))
            f(*single);
        else if (auto* const list = std::get_if<SourceList>(&input.value))
            for (auto& item : *list)
                if (item)
                    f(*item);
    }
}

/// The nodes of `part` once more in `into`. `inputsOf(NodeId)` tells what they are connected to, where nodes
/// of the part go by their ids there; others are of `into`.
template <typename InputsOf>
Several added(std::string_view verb, const Diagram& into, const Diagram& part, Point offset,
              const InputsOf& inputsOf)
{
    const auto names = freeNames(into, part.graph);
    const auto points = placed(part);
    std::unordered_map<NodeId, NodeId> ids;
    std::uint32_t next = into.graph.nextId().value;
    Several several{std::string(verb) + ' ' + nodesText(part.graph, part.graph.ids()), {}};
    for (const NodeId id : orderOf(part.graph)) {
        Node node = part.graph.at(id);
        node.name = names.at(id);
        node.inputs = inputsOf(id);
        changeSources(node.inputs, [&](Source& source) {
            if (const auto found = ids.find(source.node); found != ids.end())
                source.node = found->second;
        });
        const NodeId added{next++};
        const Point point = points.at(id);
        several.edits.push_back(
            AddNode{added, std::move(node), Point{point.x + offset.x, point.y + offset.y}});
        ids[id] = added;
    }
    return several;
}

}  // namespace

std::string fragmentText(const Diagram& diagram, std::span<const NodeId> nodes)
{
    return canonicalJson(partOf(diagram, nodes));
}

Result<Several> pasted(const Diagram& into, std::string_view text, Point position)
{
    auto read = diagramFromJson(text);
    if (!read)
        return read.error();
    const Diagram& part = *read;
    Point corner;
    bool isFirst = true;
    for (const auto& [node, point] : placed(part)) {
        corner.x = isFirst ? point.x : std::min(corner.x, point.x);
        corner.y = isFirst ? point.y : std::min(corner.y, point.y);
        isFirst = false;
    }
    return added("Paste", into, part, {position.x - corner.x, position.y - corner.y},
                 [&](NodeId id) { return part.graph.at(id).inputs; });
}

Several duplicated(const Diagram& diagram, std::span<const NodeId> nodes, Point offset)
{
    return added("Duplicate", diagram, partOf(diagram, nodes), offset,
                 [&](NodeId id) { return diagram.graph.at(id).inputs; });
}

}  // namespace chainrule
