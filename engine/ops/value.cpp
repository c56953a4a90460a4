// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/value.h"

namespace chainrule {
namespace {

const Attributes noAttributes;

}  // namespace

Value Tape::leaf(Tensor tensor)
{
    assert(isFloating(tensor.dtype()));
    const Place place{addEntry(nullptr, noAttributes, 0, 1), 0};
    m_outputs.emplace_back(tensor);
    return Value(std::move(tensor), this, place);
}

Value Tape::severed(Tensor tensor)
{
    const Value value = leaf(std::move(tensor));
    m_entries[value.place().entry].isSevered = true;
    m_hasSevered = true;
    return value;
}

Values Tape::record(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                    std::span<const Tensor> outputs)
{
    const std::uint32_t entry = addEntry(&op, attributes, inputs.size(), outputs.size());
    for (const Value& input : inputs)
        addEdge(input);
    Values values;
    for (std::uint32_t k = 0; k < outputs.size(); ++k) {
        m_outputs.emplace_back(outputs[k]);
        if (isFloating(outputs[k].dtype()))
            values.push_back(Value(outputs[k], this, {entry, k}));
        else
            values.push_back(outputs[k]);
    }
    return values;
}

const Attributes& Tape::keep(Attributes attributes)
{
    return m_attributes.emplace_back(std::move(attributes));
}

void Tape::repeats(std::uint32_t entry, Step step)
{
    if (!m_repeated)
        m_repeated = std::make_unique<std::map<std::uint32_t, Step>>();
    m_repeated->emplace(entry, step);
}

const Tape::Step* Tape::findRepeated(std::uint32_t entry) const
{
    const auto found = m_repeated->find(entry);
    return found == m_repeated->end() ? nullptr : &found->second;
}

}  // namespace chainrule
