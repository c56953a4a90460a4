// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/value.h"

namespace chainrule {
namespace {

const Attributes noAttributes;

}  // namespace

Value Tape::leaf(Tensor tensor)
{
    assert(isFloating(tensor.dtype()));
    const Place place{std::uint32_t(m_entries.size()), 0};
    m_entries.emplace_back(Entry{nullptr, &noAttributes, std::uint32_t(m_edges.size()),
                                 std::uint32_t(m_outputs.size()), 0, 1, false});
    m_outputs.emplace_back(tensor);
    return Value(std::move(tensor), this, place);
}

Values Tape::record(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                    std::span<const Tensor> outputs)
{
    const auto entry = std::uint32_t(m_entries.size());
    m_entries.emplace_back(Entry{&op, &attributes, std::uint32_t(m_edges.size()),
                                 std::uint32_t(m_outputs.size()), std::uint16_t(inputs.size()),
                                 std::uint16_t(outputs.size()), false});
    for (const Value& input : inputs) {
        if (input.requiresGrad()) {
            assert(&input.tape() == this);
            m_edges.emplace_back(input.place());
        } else {
            m_edges.emplace_back(Place{constant, std::uint32_t(m_constants.size())});
            m_constants.emplace_back(input.tensor());
        }
    }
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

Value Tape::input(std::size_t entry, std::size_t i)
{
    const Place edge = m_edges[m_entries[entry].firstInput + i];
    return edge.entry == constant ? Value(m_constants[edge.output]) : value(edge);
}

std::optional<Place> Tape::source(std::size_t entry, std::size_t i) const
{
    const Place edge = m_edges[m_entries[entry].firstInput + i];
    return edge.entry == constant ? std::nullopt : std::optional(edge);
}

const Tensor& Tape::output(std::size_t entry, std::size_t k) const
{
    return m_outputs[m_entries[entry].firstOutput + k];
}

Value Tape::value(Place place)
{
    return Value(output(place.entry, place.output), this, place);
}

}  // namespace chainrule
