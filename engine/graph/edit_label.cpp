// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/edit.h"
#include "engine/graph/links.h"

#include <algorithm>
#include <span>

namespace chainrule {
namespace {

constexpr std::size_t namesShown = 3;
constexpr std::size_t lettersShown = 40;

/// As a menu has room for it.
std::string shortened(const std::string& text)
{
    return text.size() <= lettersShown ? text : text.substr(0, lettersShown - 1) + "…";
}

std::string nameOf(const Graph& graph, NodeId node)
{
    return graph.contains(node) ? shortened(graph.at(node).name) : "node";
}

std::string nameOf(const Graph& graph, const Source& source)
{
    const std::string name = nameOf(graph, source.node);
    return source.output.empty() ? name : name + ':' + shortened(source.output);
}

template <typename Nodes>
std::string namesOf(const Graph& graph, const Nodes& nodes)
{
    if (nodes.empty() || nodes.size() > namesShown)
        return std::to_string(nodes.size()) + " Nodes";
    std::string names;
    for (const auto& node : nodes)
        names += (names.empty() ? "" : ", ") + nameOf(graph, node);
    return names;
}

std::string labelled(const Diagram&, const AddNode& edit)
{
    return "Add " + shortened(edit.node.op);
}

std::string labelled(const Diagram& before, const RemoveNodes& edit)
{
    return "Delete " + namesOf(before.graph, edit.nodes);
}

std::string labelled(const Diagram& before, const Connect& edit)
{
    return "Connect " + nameOf(before.graph, edit.from) + " to " + nameOf(before.graph, edit.to.node);
}

std::string labelled(const Diagram& before, const Disconnect& edit)
{
    const std::string to = nameOf(before.graph, edit.to.node);
    const auto from = sourceAt(before.graph, edit.to);
    return from ? "Disconnect " + nameOf(before.graph, *from) + " from " + to : "Disconnect " + to;
}

std::string labelled(const Diagram& before, const SetAttribute& edit)
{
    return "Set " + shortened(edit.attribute) + " of " + nameOf(before.graph, edit.node);
}

std::string labelled(const Diagram& before, const UnsetAttribute& edit)
{
    return "Reset " + shortened(edit.attribute) + " of " + nameOf(before.graph, edit.node);
}

std::string labelled(const Diagram& before, const Mark& edit)
{
    const std::string node = nameOf(before.graph, edit.node);
    if (int(edit.retainGrad.has_value()) + int(edit.muted.has_value()) + int(edit.comment.has_value()) != 1)
        return "Mark " + node;
    if (edit.retainGrad)
        return (*edit.retainGrad ? "Retain Gradient of " : "Stop Retaining Gradient of ") + node;
    if (edit.muted)
        return (*edit.muted ? "Mute " : "Unmute ") + node;
    return "Comment on " + node;
}

std::string labelled(const Diagram& before, const Rename& edit)
{
    return "Rename " + nameOf(before.graph, edit.node) + " to " + shortened(edit.to);
}

std::string labelled(const Diagram& before, const MoveNodes& edit)
{
    if (edit.positions.size() == 1)
        return "Move " + nameOf(before.graph, edit.positions.front().node);
    return "Move " + std::to_string(edit.positions.size()) + " Nodes";
}

std::string labelled(const Diagram& before, const SetBackward& edit)
{
    const auto& old = before.graph.backward;
    if (edit.steps.empty())
        return "Zero Gradients";
    const auto differ = std::ranges::mismatch(old, edit.steps);
    if (edit.steps.end() - differ.in2 != 1)
        return "Change Backward Passes";
    const auto* const pass = std::get_if<Pass>(&*differ.in2);
    return pass ? "Backward from " + namesOf(before.graph, pass->roots) : "Zero Gradients";
}

std::string labelled(const Diagram&, const Several& edit)
{
    return edit.title;
}

}  // namespace

std::string nodesText(const Graph& graph, std::span<const NodeId> nodes) { return namesOf(graph, nodes); }

std::string label(const Diagram& before, const Edit& edit)
{
    return std::visit([&](const auto& e) { return labelled(before, e); }, edit.value);
}

}  // namespace chainrule
