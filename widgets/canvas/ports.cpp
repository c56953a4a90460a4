// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/ports.h"

namespace chainrule {
namespace {

void addItems(InputPorts& ports, Target target, std::size_t count)
{
    for (std::uint32_t i = 0; i < count; ++i) {
        target.item = i;
        ports.push_back(target);
    }
}

}  // namespace

InputPorts inputPorts(const Node& node, NodeId id)
{
    InputPorts ports;
    std::uint32_t number = 0;
    const auto addPort = [&](bool takesList) {
        const Input* const input = number < node.inputs.size() ? &node.inputs[number] : nullptr;
        const SourceList* const list = input ? input->list() : nullptr;
        if (list || (takesList && (!input || input->isOpen())))
            addItems(ports, {id, number}, (list ? list->size() : 0) + takesList);
        else
            ports.push_back({id, number});
        ++number;
    };
    if (const Op* const op = findOp(node.op))
        for (const Parameter& parameter : op->parameters)
            if (parameter.isTensor())
                addPort(parameter.kind == Parameter::Kind::TensorList);
    while (number < node.inputs.size())
        addPort(false);
    return ports;
}

std::optional<Target> targetOf(const Graph& graph, const Route& route)
{
    if (!graph.contains(route.to))
        return std::nullopt;
    const Op* const op = findOp(graph.at(route.to).op);
    if (!op)
        return std::nullopt;
    std::uint32_t number = 0;
    for (const Parameter& parameter : op->parameters) {
        if (!parameter.isTensor())
            continue;
        if (parameter.name == route.parameter) {
            const auto item = route.item ? std::optional(std::uint32_t(*route.item)) : std::nullopt;
            return Target{route.to, number, item};
        }
        ++number;
    }
    return std::nullopt;
}

}  // namespace chainrule
