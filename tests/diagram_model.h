// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/graph/name.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chainrule {

/// What a diagram is, said again in the plainest way, to compare the program's with: maps by id, a link owns
/// its bends, a root its gradient, so that little has to follow when something goes. Slow, and without a line
/// of the program's own code for edits. Only what edits change is in it.
class DiagramModel {
public:
    /// The tensor parameters of the operations that it knows; of others it takes inputs as they are.
    struct Parameter {
        std::string name;
        bool takesList;
    };
    static const std::map<std::string, std::vector<Parameter>>& operations()
    {
        static const std::map<std::string, std::vector<Parameter>> all = {
            {"tensor", {}},
            {"neg", {{"input", false}}},
            {"mul", {{"input", false}, {"other", false}}},
            {"linear", {{"input", false}, {"weight", false}, {"bias", false}}},
            {"cat", {{"tensors", true}}},
        };
        return all;
    }

    struct Link {
        std::optional<Source> source = {};
        std::optional<std::vector<Point>> bends = {};
    };
    struct Slot {
        enum class Kind { Open, Single, List } kind = Kind::Open;
        std::vector<Link> links = {};  ///< Of a single one, one.
    };
    struct Item {
        std::string name;
        std::string op;
        std::vector<Slot> slots = {};
        std::map<std::string, std::string> attributes = {};  ///< As Python spells them.
        bool retainGrad = false;
        bool muted = false;
        std::string comment = {};
        std::optional<Point> position = {};
    };
    struct Root {
        Source source;
        std::optional<Source> gradient = {};
    };
    struct Step {
        bool isPass = true;
        bool setToNone = false;
        std::vector<Root> roots = {};
        bool hasGradients = false;
        std::optional<std::vector<Source>> inputs = {};
    };

    std::map<std::uint32_t, Item> items;
    std::vector<Step> steps;
    std::vector<std::vector<std::uint32_t>> frames;
    std::map<std::string, std::vector<std::uint32_t>> groups;
    std::uint32_t lastId = 0;

    explicit DiagramModel(const Diagram& diagram);
    /// Everything as text, by which two are compared.
    std::string text() const;
    /// Whether the edit is allowed; then it is done, else the model is unchanged.
    bool apply(const Edit& edit)
    {
        DiagramModel changed = *this;
        if (!changed.makeAny(edit) || changed.hasCycle())
            return false;
        *this = std::move(changed);
        return true;
    }
    bool hasCycle() const;
    bool dependsOn(std::uint32_t node, std::uint32_t other) const;

    static Step stepOf(const BackwardStep& step);
    static Item itemOf(const Node& node);
    static std::string textOf(const Item& item);

private:
    bool has(NodeId id) const { return items.contains(id.value); }
    bool mayBeCalled(const std::string& name, std::uint32_t except) const
    {
        return isName(name) && !groups.contains(name) && std::ranges::none_of(items, [&](const auto& entry) {
                   return entry.first != except && entry.second.name == name;
               });
    }
    const Parameter* parameter(const Target& to) const
    {
        const auto op = operations().find(items.at(to.node.value).op);
        return op != operations().end() && to.parameter < op->second.size() ? &op->second[to.parameter]
                                                                            : nullptr;
    }
    bool isKnownOp(NodeId id) const { return operations().contains(items.at(id.value).op); }

    bool make(const AddNode& edit);
    bool make(const RemoveNodes& edit);
    bool make(const Connect& edit);
    bool make(const Disconnect& edit);
    bool make(const SetAttribute& edit);
    bool make(const UnsetAttribute& edit);
    bool make(const Mark& edit);
    bool make(const Rename& edit);
    bool make(const MoveNodes& edit);
    bool make(const SetBackward& edit);
    bool make(const Several& edit)
    {
        return std::ranges::all_of(edit.edits, [this](const Edit& part) { return makeAny(part); });
    }
    bool makeAny(const Edit& edit)
    {
        const bool isMade = std::visit([this](const auto& e) { return make(e); }, edit.value);
        for (auto& [id, item] : items)
            while (!item.slots.empty() && item.slots.back().kind == Slot::Kind::Open)
                item.slots.pop_back();
        return isMade;
    }
};

inline DiagramModel::Item DiagramModel::itemOf(const Node& node)
{
    Item item{node.name, node.op};
    for (const Input& input : node.inputs) {
        Slot& slot = item.slots.emplace_back();
        if (const Source* single = input.single())
            slot = {Slot::Kind::Single, {{*single}}};
        else if (const SourceList* list = input.list()) {
            slot.kind = Slot::Kind::List;
            for (const auto& source : *list)
                slot.links.push_back({source});
        }
    }
    for (const auto& [name, value] : node.attributes)
        item.attributes[name] = python(value);
    item.retainGrad = node.retainGrad;
    item.muted = node.muted;
    item.comment = node.comment();
    return item;
}

inline DiagramModel::Step DiagramModel::stepOf(const BackwardStep& step)
{
    const auto* pass = std::get_if<Pass>(&step);
    Step result{.isPass = pass != nullptr};
    if (!pass) {
        result.setToNone = std::get<ZeroGrad>(step).setToNone;
        return result;
    }
    result.hasGradients = !pass->gradients.empty();
    for (std::size_t i = 0; i < pass->roots.size(); ++i)
        result.roots.push_back({pass->roots[i], result.hasGradients ? pass->gradients[i] : std::nullopt});
    result.inputs = pass->inputs;
    return result;
}

inline DiagramModel::DiagramModel(const Diagram& diagram)
{
    for (const NodeId id : diagram.graph.ids()) {
        Item& item = items[id.value] = itemOf(diagram.graph.at(id));
        item.position = diagram.layout.positions.find(id);
    }
    lastId = diagram.graph.nextId().value - 1;
    for (const BackwardStep& step : diagram.graph.backward)
        steps.push_back(stepOf(step));
    const auto values = [](const std::vector<NodeId>& ids) {
        std::vector<std::uint32_t> numbers;
        for (const NodeId id : ids)
            numbers.push_back(id.value);
        return numbers;
    };
    for (const Frame& frame : diagram.graph.frames)
        frames.push_back(values(frame.nodes));
    for (const Group& group : diagram.layout.groups)
        groups[group.name] = values(group.nodes);
    for (const Route& route : diagram.layout.routes) {
        Item& item = items.at(route.to.value);
        const auto& parameters = operations().at(item.op);
        const auto place =
            std::ranges::find(parameters, route.parameter, &Parameter::name) - parameters.begin();
        item.slots.at(place).links.at(route.item.value_or(0)).bends = route.points;
    }
}

inline std::string DiagramModel::textOf(const Item& item)
{
    const auto source = [](const std::optional<Source>& s) {
        return s ? std::to_string(s->node.value) + ':' + s->output : std::string("-");
    };
    std::string text = item.name + ' ' + item.op + (item.retainGrad ? " retains" : "")
                       + (item.muted ? " muted" : "") + " '" + item.comment + "'";
    for (const Slot& slot : item.slots) {
        text += slot.kind == Slot::Kind::List ? " [" : slot.kind == Slot::Kind::Single ? " (" : " -";
        for (const Link& link : slot.links) {
            text += ' ' + source(link.source);
            if (link.bends)
                for (const Point& point : *link.bends)
                    text += " /" + std::to_string(point.x) + ' ' + std::to_string(point.y);
        }
    }
    for (const auto& [name, value] : item.attributes)
        text += ' ' + name + '=' + value;
    return text;
}

inline std::string DiagramModel::text() const
{
    const auto source = [](const Source& s) { return ' ' + std::to_string(s.node.value) + ':' + s.output; };
    std::string text;
    for (const auto& [id, item] : items) {
        text += std::to_string(id) + ": " + textOf(item);
        if (item.position)
            text += " at " + std::to_string(item.position->x) + ' ' + std::to_string(item.position->y);
        text += '\n';
    }
    for (const Step& step : steps) {
        text += step.isPass ? "pass" : step.setToNone ? "none" : "zeros";
        for (const Root& root : step.roots)
            text += source(root.source)
                    + (!step.hasGradients ? ""
                       : root.gradient    ? '*' + source(*root.gradient)
                                          : "*-");
        if (step.inputs) {
            text += " to";
            for (const Source& input : *step.inputs)
                text += source(input);
        }
        text += '\n';
    }
    for (const auto& nodes : frames) {
        text += "frame";
        for (const std::uint32_t node : nodes)
            text += ' ' + std::to_string(node);
        text += '\n';
    }
    for (const auto& [name, nodes] : groups) {
        text += name;
        for (const std::uint32_t node : nodes)
            text += ' ' + std::to_string(node);
        text += '\n';
    }
    return text;
}

inline bool DiagramModel::dependsOn(std::uint32_t node, std::uint32_t other) const
{
    std::set<std::uint32_t> seen = {node};
    std::vector<std::uint32_t> agenda = {node};
    while (!agenda.empty()) {
        const Item& item = items.at(agenda.back());
        agenda.pop_back();
        for (const Slot& slot : item.slots)
            for (const Link& link : slot.links)
                if (link.source && seen.insert(link.source->node.value).second)
                    agenda.push_back(link.source->node.value);
    }
    return seen.contains(other);
}

inline bool DiagramModel::hasCycle() const
{
    std::set<std::uint32_t> done;
    for (std::size_t before = 1; done.size() != before;) {
        before = done.size();
        for (const auto& [id, item] : items) {
            const bool isReady = std::ranges::all_of(item.slots, [&](const Slot& slot) {
                return std::ranges::all_of(slot.links, [&](const Link& link) {
                    return !link.source || done.contains(link.source->node.value);
                });
            });
            if (isReady)
                done.insert(id);
        }
    }
    return done.size() < items.size();
}

inline bool DiagramModel::make(const AddNode& edit)
{
    Item item = itemOf(edit.node);
    item.position = edit.position;
    if (!mayBeCalled(item.name, 0))
        return false;
    for (const Slot& slot : item.slots)
        for (const Link& link : slot.links)
            if (link.source && !has(link.source->node))
                return false;
    items[++lastId] = std::move(item);
    return true;
}

inline bool DiagramModel::make(const RemoveNodes& edit)
{
    if (!std::ranges::all_of(edit.nodes, [this](NodeId id) { return has(id); }))
        return false;
    const auto isGone = [&](const Source& source) { return std::ranges::count(edit.nodes, source.node) > 0; };
    for (const NodeId node : edit.nodes)
        items.erase(node.value);
    for (auto& [id, item] : items)
        for (Slot& slot : item.slots) {
            const auto gone =
                std::erase_if(slot.links, [&](const Link& l) { return l.source && isGone(*l.source); });
            if (slot.kind == Slot::Kind::Single && gone > 0)
                slot.kind = Slot::Kind::Open;
        }
    for (Step& step : steps) {
        std::erase_if(step.roots, [&](const Root& root) { return isGone(root.source); });
        for (Root& root : step.roots)
            if (root.gradient && isGone(*root.gradient))
                root.gradient.reset();
        if (step.inputs)
            std::erase_if(*step.inputs, isGone);
    }
    std::erase_if(steps, [](const Step& step) { return step.isPass && step.roots.empty(); });
    for (auto& nodes : frames)
        std::erase_if(nodes, [&](std::uint32_t node) { return isGone({{node}}); });
    for (auto& [name, nodes] : groups)
        std::erase_if(nodes, [&](std::uint32_t node) { return isGone({{node}}); });
    return true;
}

inline bool DiagramModel::make(const Connect& edit)
{
    const auto& [from, to] = edit;
    if (!has(from.node) || !has(to.node))
        return false;
    auto& slots = items.at(to.node.value).slots;
    const Parameter* const known = parameter(to);
    if (isKnownOp(to.node) ? !known : to.parameter >= slots.size())
        return false;
    if (slots.size() <= to.parameter)
        slots.resize(to.parameter + 1);
    Slot& slot = slots[to.parameter];
    if (known ? !known->takesList : slot.kind != Slot::Kind::List) {
        if (to.item)
            return false;
        if (slot.kind != Slot::Kind::Single || slot.links[0].source != from)
            slot = {Slot::Kind::Single, {{from}}};
        return true;
    }
    const std::size_t item = to.item.value_or(0);
    if (item > slot.links.size())
        return false;
    slot.kind = Slot::Kind::List;
    if (item == slot.links.size())
        slot.links.emplace_back();
    if (slot.links[item].source != from)
        slot.links[item] = {from};
    return true;
}

inline bool DiagramModel::make(const Disconnect& edit)
{
    const Target& to = edit.to;
    if (!has(to.node))
        return false;
    auto& slots = items.at(to.node.value).slots;
    const Parameter* const known = parameter(to);
    if (!known && to.parameter >= slots.size())
        return false;
    if (slots.size() <= to.parameter)
        slots.resize(to.parameter + 1);
    Slot& slot = slots[to.parameter];
    if (!to.item) {
        slot = {};
        return true;
    }
    if (slot.kind != Slot::Kind::List || *to.item >= slot.links.size())
        return false;
    slot.links.erase(slot.links.begin() + *to.item);
    return true;
}

inline bool DiagramModel::make(const SetAttribute& edit)
{
    if (has(edit.node))
        items.at(edit.node.value).attributes[edit.attribute] = python(edit.value);
    return has(edit.node);
}

inline bool DiagramModel::make(const UnsetAttribute& edit)
{
    if (has(edit.node))
        items.at(edit.node.value).attributes.erase(edit.attribute);
    return has(edit.node);
}

inline bool DiagramModel::make(const Mark& edit)
{
    if (!has(edit.node))
        return false;
    Item& item = items.at(edit.node.value);
    item.retainGrad = edit.retainGrad.value_or(item.retainGrad);
    item.muted = edit.muted.value_or(item.muted);
    item.comment = edit.comment.value_or(item.comment);
    return true;
}

inline bool DiagramModel::make(const Rename& edit)
{
    if (!has(edit.node) || !mayBeCalled(edit.to, edit.node.value))
        return false;
    items.at(edit.node.value).name = edit.to;
    return true;
}

inline bool DiagramModel::make(const MoveNodes& edit)
{
    for (const auto& [node, point] : edit.positions) {
        if (!has(node))
            return false;
        items.at(node.value).position = point;
    }
    return true;
}

inline bool DiagramModel::make(const SetBackward& edit)
{
    steps.clear();
    for (const BackwardStep& given : edit.steps) {
        const Step& step = steps.emplace_back(stepOf(given));
        if (step.isPass && step.roots.empty())
            return false;
        for (const Root& root : step.roots)
            if (!has(root.source.node) || (root.gradient && !has(root.gradient->node)))
                return false;
        for (const Source& input : step.inputs.value_or(std::vector<Source>()))
            if (!has(input.node))
                return false;
    }
    return true;
}

}  // namespace chainrule
