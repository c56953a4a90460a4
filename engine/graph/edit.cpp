// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/edit.h"

#include "engine/base/json_string.h"
#include "engine/graph/links.h"
#include "engine/graph/name.h"
#include "engine/graph/node_error.h"
#include "engine/graph/plan.h"
#include "engine/graph/remove_nodes.h"
#include "engine/graph/upstream.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace chainrule {
namespace {

Error refused(std::string message)
{
    return {Error::Kind::Document, std::move(message)};
}

/// Replaces one node by an edited copy; every other stays shared with the graph before. One that comes out
/// equal stays too.
template <typename Change>
void rewrite(Graph& graph, NodeId id, const Change& change)
{
    Node node = graph.at(id);
    change(node);
    if (!(node == graph.at(id)))
        graph.replace(id, std::move(node));
}

Failure positionFailure(const Node& node, Point point)
{
    if (std::isfinite(point.x) && std::isfinite(point.y))
        return std::nullopt;
    return nodeError(node.name, "position", "must be two finite numbers");
}

/// Takes the bends of the links to an input away, or of those to one item of a list, behind which items move
/// up.
void removeRoutes(Layout& layout, NodeId to, const RouteKey& key)
{
    std::erase_if(layout.routes, [&](const Route& route) {
        return route.to == to && route.parameter == key.parameter && (!key.item || route.item == key.item);
    });
}

// Each makes its edit, or says why it may not; then the diagram is thrown away.

Failure make(Diagram& diagram, const AddNode& edit)
{
    Graph& graph = diagram.graph;
    assert(edit.id == graph.nextId());
    Node node = edit.node;
    if (!isName(node.name))
        return refused("node " + std::to_string(graph.size() + 1)
                       + ", field \"name\": " + *nameComplaint(node.name));
    if (const auto failure = nameFailure(diagram, node.name))
        return nodeError(node.name, "name", failure->message);
    std::optional<NodeId> unknown;
    forEachSource(node, [&](const Source& source) {
        if (!unknown && !graph.contains(source.node))
            unknown = source.node;
    });
    if (unknown)
        return nodeError(node.name, "inputs", noSuchNode(*unknown));
    dropOpenEnd(node.inputs);
    for (auto& [name, value] : node.attributes)
        value = documented(std::move(value));
    if (edit.position) {
        if (auto failure = positionFailure(node, *edit.position))
            return failure;
        diagram.layout.positions.set(edit.id, *edit.position);
    }
    graph.add(std::move(node));
    return std::nullopt;
}

Failure make(Diagram& diagram, const RemoveNodes& edit)
{
    for (const NodeId node : edit.nodes)
        if (!diagram.graph.contains(node))
            return refused(noSuchNode(node));
    removeNodes(diagram, edit.nodes);
    return std::nullopt;
}

Failure make(Diagram& diagram, const Connect& edit)
{
    auto inputs = inputsWith(diagram.graph, edit);
    if (!inputs)
        return inputs.error();
    const auto replaced = sourceAt(diagram.graph, edit.to);
    if (replaced && replaced != edit.from)
        removeRoutes(diagram.layout, edit.to.node, routeKey(diagram.graph, edit.to));
    rewrite(diagram.graph, edit.to.node, [&](Node& node) { node.inputs = *std::move(inputs); });
    return std::nullopt;
}

Failure make(Diagram& diagram, const Disconnect& edit)
{
    auto inputs = inputsWithout(diagram.graph, edit);
    if (!inputs)
        return inputs.error();
    RouteKey key = routeKey(diagram.graph, edit.to);
    if (!edit.to.item)
        key.item.reset();
    if (!key.parameter.empty()) {
        removeRoutes(diagram.layout, edit.to.node, key);
        if (key.item)
            for (Route& route : diagram.layout.routes)
                if (route.to == edit.to.node && route.parameter == key.parameter && route.item > key.item)
                    --*route.item;
    }
    rewrite(diagram.graph, edit.to.node, [&](Node& node) { node.inputs = *std::move(inputs); });
    return std::nullopt;
}

Failure make(Diagram& diagram, const SetAttribute& edit)
{
    if (!diagram.graph.contains(edit.node))
        return refused(noSuchNode(edit.node));
    rewrite(diagram.graph, edit.node,
            [&](Node& node) { node.setAttribute(edit.attribute, documented(edit.value)); });
    return std::nullopt;
}

Failure make(Diagram& diagram, const UnsetAttribute& edit)
{
    if (!diagram.graph.contains(edit.node))
        return refused(noSuchNode(edit.node));
    rewrite(diagram.graph, edit.node, [&](Node& node) { node.removeAttribute(edit.attribute); });
    return std::nullopt;
}

Failure make(Diagram& diagram, const Mark& edit)
{
    if (!diagram.graph.contains(edit.node))
        return refused(noSuchNode(edit.node));
    rewrite(diagram.graph, edit.node, [&](Node& node) {
        node.retainGrad = edit.retainGrad.value_or(node.retainGrad);
        node.muted = edit.muted.value_or(node.muted);
        if (edit.comment)
            node.setComment(*edit.comment);
    });
    return std::nullopt;
}

Failure make(Diagram& diagram, const Rename& edit)
{
    if (!diagram.graph.contains(edit.node))
        return refused(noSuchNode(edit.node));
    if (const auto failure = nameFailure(diagram, edit.to, edit.node))
        return nodeError(diagram.graph.at(edit.node).name, "name", failure->message);
    rewrite(diagram.graph, edit.node, [&](Node& node) { node.name = edit.to; });
    return std::nullopt;
}

Failure make(Diagram& diagram, const MoveNodes& edit)
{
    for (const auto& [node, point] : edit.positions) {
        if (!diagram.graph.contains(node))
            return refused(noSuchNode(node));
        if (auto failure = positionFailure(diagram.graph.at(node), point))
            return failure;
    }
    diagram.layout.positions.set(edit.positions);
    return std::nullopt;
}

Failure make(Diagram& diagram, const SetBackward& edit)
{
    for (std::size_t i = 0; i < edit.steps.size(); ++i) {
        const auto* const pass = std::get_if<Pass>(&edit.steps[i]);
        if (!pass)
            continue;
        const auto fails = [&](std::string_view field, const std::string& what) {
            return refused("backward pass " + std::to_string(i + 1) + ", field " + shown(field) + ": "
                           + what);
        };
        const auto isKnown = [&](const Source& source) { return diagram.graph.contains(source.node); };
        if (pass->roots.empty())
            return fails("roots", "must name a node");
        for (const Source& root : pass->roots)
            if (!isKnown(root))
                return fails("roots", noSuchNode(root.node));
        for (const auto& gradient : pass->gradients)
            if (gradient && !isKnown(*gradient))
                return fails("gradients", noSuchNode(gradient->node));
        for (const Source& input : pass->inputs.value_or(std::vector<Source>()))
            if (!isKnown(input))
                return fails("inputs", noSuchNode(input.node));
    }
    diagram.graph.backward = edit.steps;
    return std::nullopt;
}

Failure make(Diagram& diagram, const Several& edit)
{
    for (const Edit& part : edit.edits)
        if (auto failure = std::visit([&](const auto& e) { return make(diagram, e); }, part.value))
            return failure;
    return std::nullopt;
}

bool makesLinks(const Edit& edit)
{
    if (const auto* const several = std::get_if<Several>(&edit.value))
        return std::ranges::any_of(several->edits, makesLinks);
    return std::holds_alternative<Connect>(edit.value);
}

/// The cycle that the edit closed. Before it there was none, and new nodes close none.
Failure cycleFailure(const Graph& graph, const Edit& edit)
{
    if (const auto* const connect = std::get_if<Connect>(&edit.value)) {
        const Upstream upstream(graph, connect->from.node);
        if (upstream.contains(connect->to.node))
            return cycleError(graph, upstream.wayFrom(connect->to.node));
    } else if (makesLinks(edit)) {
        if (const auto order = plan(graph); !order)
            return order.error();
    }
    return std::nullopt;
}

}  // namespace

Result<Diagram> applyPart(Diagram diagram, const Edit& edit)
{
    if (auto failure = std::visit([&](const auto& e) { return make(diagram, e); }, edit.value))
        return *std::move(failure);
    return diagram;
}

Result<Diagram> apply(Diagram diagram, const Edit& edit)
{
    auto edited = applyPart(std::move(diagram), edit);
    if (edited)
        if (auto failure = cycleFailure(edited->graph, edit))
            return *std::move(failure);
    return edited;
}

Failure nameFailure(const Diagram& diagram, std::string_view name, NodeId node)
{
    if (auto complaint = nameComplaint(name))
        return refused(*std::move(complaint));
    if (const auto other = diagram.graph.find(name); other && *other != node)
        return refused("a node is called " + shown(name));
    if (std::ranges::find(diagram.layout.groups, name, &Group::name) != diagram.layout.groups.end())
        return refused("a group is called " + shown(name));
    return std::nullopt;
}

bool dependsOn(const Graph& graph, NodeId node, NodeId other)
{
    return Upstream(graph, node).contains(other);
}

}  // namespace chainrule
