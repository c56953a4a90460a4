// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/grad_memory.h"

namespace chainrule {
namespace {

/// Of the memory that it spans: what is repeated lies there once.
std::int64_t bytesOf(const Tensor& tensor)
{
    std::int64_t last = tensor.size() > 0 ? 1 : 0;
    for (std::size_t d = 0; d < tensor.rank() && last > 0; ++d)
        last += (tensor.shape()[d] - 1) * tensor.strides()[d];
    return last * std::int64_t(itemSize(tensor.dtype()));
}

}  // namespace

GradMemory::GradMemory(const Evaluation& evaluation) : m_evaluation(evaluation), m_tape(evaluation.tape())
{
    for (const NodeId id : evaluation.order()) {
        const auto& outputs = evaluation[id].outputs;
        for (std::uint32_t k = 0; k < outputs.size(); ++k)
            if (!outputs[k].requiresGrad())
                m_values.emplace(outputs[k].tensor().memory(), OutputId{id, k});
    }
}

std::uint32_t GradMemory::of(std::size_t entry, const SavedTensor& saved)
{
    return of(entry, saved.memory, elementCount(saved.shape) * std::int64_t(itemSize(saved.dtype)));
}

std::uint32_t GradMemory::of(std::size_t entry, Memory memory, std::int64_t bytes)
{
    if (memory.of == Memory::Of::Input)
        return ofInput(entry, memory.index);
    if (memory.of == Memory::Of::Output)
        return ofPlace({std::uint32_t(entry), memory.index});
    return storage({Key::Kind::Own, entry, memory.index}, bytes, std::nullopt);
}

std::uint32_t GradMemory::storage(const Key& key, std::int64_t bytes, std::optional<OutputId> value)
{
    const auto [found, isNew] = m_known.emplace(key, std::uint32_t(m_storages.size()));
    if (isNew)
        m_storages.push_back({bytes, value});
    std::int64_t& known = m_storages[found->second].bytes;
    known = std::max(known, bytes);  // A view may have come before the whole.
    return found->second;
}

bool GradMemory::isView(Place place) const
{
    const Op* const op = m_tape.op(place.entry);
    if (!op || !op->isView)
        return false;
    Values inputs;
    for (std::size_t i = 0; i < m_tape.inputCount(place.entry); ++i)
        inputs.push_back(m_tape.input(place.entry, i));
    return op->isView({inputs, m_tape.attributes(place.entry)}, m_tape.output(place.entry, place.output));
}

/// Also of an output that has no gradient, such as indices.
std::optional<OutputId> GradMemory::valueOf(Place place) const
{
    for (std::uint32_t k = 0; k < m_tape.outputCount(place.entry); ++k)
        if (const auto owner = m_evaluation.owner({place.entry, k}))
            return OutputId{owner->node, place.output};
    return m_evaluation.owner(place);
}

std::uint32_t GradMemory::ofPlace(Place place)
{
    if (const Tape::Step* const step = m_tape.repeated(place.entry))
        return of(step->call, gradFnsOf(m_tape, step->call)[step->gradFn].memory,
                  bytesOf(m_tape.output(place.entry, place.output)));
    while (isView(place)) {
        const Place* const source = m_tape.source(place.entry, 0);
        if (!source)
            return ofInput(place.entry, 0);
        place = *source;
    }
    if (!isFloating(m_tape.output(place.entry, place.output).dtype()))  // Whoever uses it sees a value without a place.
        if (const auto value = valueOf(place))
            return ofValue(*value);
    return storage({Key::Kind::Place, place.entry, place.output}, bytesOf(m_tape.output(place.entry, place.output)),
                   valueOf(place));
}

/// What the node that an entry is of is linked to there.
std::optional<OutputId> GradMemory::linkedTo(std::size_t entry, std::uint32_t input) const
{
    const auto value = valueOf({std::uint32_t(entry), 0});
    if (!value || findOp(m_evaluation.graph().at(value->node).op) != m_tape.op(entry))
        return std::nullopt;  // Recorded by a rule, of which the node is the result.
    std::vector<const Source*> sources;
    for (const Input& from : m_evaluation.graph().at(value->node).inputs) {
        if (const SourceList* const list = from.list())
            for (const auto& item : *list)
                sources.push_back(item ? &*item : nullptr);
        else
            sources.push_back(from.single());
    }
    if (input >= sources.size() || !sources[input])
        return std::nullopt;
    const auto output = m_evaluation.resolve(*sources[input]);
    return output ? std::optional(*output) : std::nullopt;
}

std::uint32_t GradMemory::ofInput(std::size_t entry, std::uint32_t input)
{
    if (const Place* const source = m_tape.source(entry, input))
        return ofPlace(*source);
    if (const auto output = linkedTo(entry, input))
        return ofValue(*output);
    const Tensor& tensor = m_tape.inputTensor(entry, input);
    if (const auto value = m_values.find(tensor.memory()); value != m_values.end())
        return ofValue(value->second);
    return storage({Key::Kind::Tensor, tensor.memory()}, bytesOf(tensor), std::nullopt);
}

/// A node that hands on its input, or a view of it, has no memory of its own.
std::uint32_t GradMemory::ofValue(OutputId output)
{
    for (;;) {
        const Value& value = m_evaluation.value(output);
        if (value.requiresGrad())
            return ofPlace(value.place());
        const Node& node = m_evaluation.graph().at(output.node);
        const Op* const op = findOp(node.op);
        const Source* const source = node.inputs.empty() ? nullptr : node.inputs[0].single();
        const auto from = source ? m_evaluation.resolve(*source) : Result<OutputId>(OutputId{});
        if (!source || !from)
            break;
        const bool isSame = m_evaluation.value(*from).tensor().memory() == value.tensor().memory();
        if (!isSame || !(node.muted || op->isView || op->returnsInput || !op->vjp))
            break;
        output = *from;
    }
    const Tensor& tensor = m_evaluation.value(output).tensor();
    return storage({Key::Kind::Value, output.node.value, output.index}, bytesOf(tensor), output);
}

}  // namespace chainrule
