// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/links.h"

#include "engine/graph/node_error.h"
#include "engine/ops/op.h"

namespace chainrule {
namespace {

/// One input of a node as links see it: what the op says of it or, where the catalogue has no such op or
/// input, what the document gave it.
struct Slot {
    const Input* input = nullptr;  // nullptr: open, behind those that the node has.
    bool takesList = false;
    std::string name = {};
    bool isOfOp = false;  // Else nothing may be connected that was not.
};

Error refused(const Node& node, const std::string& what)
{
    return nodeError(node.name, "inputs", what);
}

Error noSuchInput(const Node& node, const Op* op, std::size_t parameter)
{
    const std::size_t count = op ? op->tensorParameterCount() : node.inputs.size();
    const std::string has = count == 0 ? "none" : std::to_string(count);
    return refused(node, "there is no input " + std::to_string(parameter + 1) + ", "
                             + (op ? node.op + " takes " + has : "the node has " + has));
}

Result<Slot> slotAt(const Node& node, std::size_t parameter)
{
    const Op* const op = findOp(node.op);
    const Parameter* const known = op ? op->tensorParameter(parameter) : nullptr;
    if (!known && parameter >= node.inputs.size())
        return noSuchInput(node, op, parameter);
    Slot slot;
    if (parameter < node.inputs.size() && !node.inputs[parameter].isOpen())
        slot.input = &node.inputs[parameter];
    slot.isOfOp = known || !op;
    slot.takesList = known ? known->kind == Parameter::Kind::TensorList : slot.input && slot.input->list();
    slot.name = known ? std::string(known->name) : "input " + std::to_string(parameter + 1);
    return slot;
}

/// What a list holds; a single tensor, which a document may give in place of one, is its only item.
SourceList itemsOf(const Slot& slot)
{
    if (!slot.input)
        return {};
    if (const Source* const single = slot.input->single())
        return {*single};
    return *slot.input->list();
}

Error noList(const Node& node, const Slot& slot)
{
    return refused(node, slot.name + " takes one tensor, no list of them");
}

std::string countText(std::size_t items)
{
    return std::to_string(items) + (items == 1 ? " item" : " items");
}

/// Which item the target means: the first, where it names none.
Result<std::size_t> itemToConnect(const Node& node, const Slot& slot, const Target& to, std::size_t items)
{
    const std::size_t item = to.item.value_or(0);
    if (item > items)
        return refused(node, slot.name + " has " + countText(items) + ", the next to connect is item "
                                 + std::to_string(items) + ", not " + std::to_string(item));
    return item;
}

}  // namespace

Result<Inputs> inputsWith(const Graph& graph, const Connect& connect)
{
    const auto& [from, to] = connect;
    if (!graph.contains(to.node))
        return Error{Error::Kind::Document, noSuchNode(to.node)};
    const Node& node = graph.at(to.node);
    if (!graph.contains(from.node))
        return refused(node, noSuchNode(from.node));
    const auto slot = slotAt(node, to.parameter);
    if (!slot)
        return slot.error();
    if (!slot->isOfOp)
        return noSuchInput(node, findOp(node.op), to.parameter);
    if (!slot->takesList && to.item)
        return noList(node, *slot);

    Inputs inputs = node.inputs;
    if (inputs.size() <= to.parameter)
        inputs.resize(to.parameter + 1);
    if (!slot->takesList) {
        inputs[to.parameter].value = from;
        return inputs;
    }
    SourceList items = itemsOf(*slot);
    const auto item = itemToConnect(node, *slot, to, items.size());
    if (!item)
        return item.error();
    if (*item == items.size())
        items.emplace_back();
    items[*item] = from;
    inputs[to.parameter].value = std::move(items);
    return inputs;
}

Result<Inputs> inputsWithout(const Graph& graph, const Disconnect& disconnect)
{
    const Target& to = disconnect.to;
    if (!graph.contains(to.node))
        return Error{Error::Kind::Document, noSuchNode(to.node)};
    const Node& node = graph.at(to.node);
    const auto slot = slotAt(node, to.parameter);
    if (!slot)
        return slot.error();
    if (!slot->takesList && to.item && !(slot->input && slot->input->list()))
        return noList(node, *slot);

    Inputs inputs = node.inputs;
    if (to.item) {
        SourceList items = itemsOf(*slot);
        if (*to.item >= items.size())
            return refused(node, slot->name + " has " + countText(items.size()) + ", there is no item "
                                     + std::to_string(*to.item));
        items.erase(items.begin() + *to.item);
        inputs[to.parameter].value = std::move(items);
    } else if (slot->input) {
        inputs[to.parameter] = {};
    }
    dropOpenEnd(inputs);
    return inputs;
}

std::optional<Source> sourceAt(const Graph& graph, const Target& target)
{
    if (!graph.contains(target.node))
        return std::nullopt;
    const Inputs& inputs = graph.at(target.node).inputs;
    if (target.parameter >= inputs.size())
        return std::nullopt;
    const Input& input = inputs[target.parameter];
    if (const Source* const single = input.single())
        return target.item.value_or(0) == 0 ? std::optional(*single) : std::nullopt;
    const SourceList* const list = input.list();
    const std::size_t item = target.item.value_or(0);
    return list && item < list->size() ? (*list)[item] : std::nullopt;
}

RouteKey routeKey(const Graph& graph, const Target& target)
{
    const Op* const op = findOp(graph.at(target.node).op);
    const Parameter* const parameter = op ? op->tensorParameter(target.parameter) : nullptr;
    if (!parameter)
        return {};
    if (parameter->kind == Parameter::Kind::TensorList)
        return {parameter->name, std::int64_t(target.item.value_or(0))};
    return {parameter->name, std::nullopt};
}

}  // namespace chainrule
