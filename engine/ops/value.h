// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/chunked_array.h"
#include "engine/ops/attribute.h"
#include "engine/tensor/tensor.h"

#include <compare>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

namespace chainrule {

class Tape;
struct Op;

/// Where a value was recorded: which entry of the tape produced it, and as which of its outputs.
struct Place {
    std::uint32_t entry;
    std::uint32_t output;
    auto operator<=>(const Place&) const = default;
};

/// A tensor and, while it is recorded and needs a gradient, its place on a tape.
/// An operation is recorded exactly if one of its inputs has a place. So whoever passes the values in
/// decides, and there is no global switch.
class Value {
public:
    Value() = default;
    Value(Tensor tensor) : m_tensor(std::move(tensor)) {}
    Value(double number) : m_tensor(Tensor::number(number)) {}

    const Tensor& tensor() const { return m_tensor; }
    bool requiresGrad() const { return m_tape != nullptr; }
    Value detached() const { return m_tensor; }
    /// At the same place with other numbers, as what is written to in place.
    Value rewritten(Tensor tensor) const { return Value(std::move(tensor), m_tape, m_place); }

    /// Both only if requiresGrad().
    Tape& tape() const { assert(m_tape); return *m_tape; }
    Place place() const { assert(m_tape); return m_place; }

private:
    friend Tape;
    Value(Tensor tensor, Tape* tape, Place place) : m_tensor(std::move(tensor)), m_tape(tape), m_place(place) {}

    Tensor m_tensor;
    Tape* m_tape = nullptr;  // Not owned: a tape outlives the values recorded on it.
    Place m_place = {};
};
using Values = InlineVector<Value, 3>;

/// Operations in the order in which they ran: what an entry was computed from stands before it.
/// Freed as a whole, so the depth of a graph costs no stack. An operation on two scalars takes 64 bytes.
class Tape {
public:
    Tape() = default;
    Tape(const Tape&) = delete;
    Tape& operator=(const Tape&) = delete;

    /// A tensor that requires grad.
    Value leaf(Tensor tensor);
    /// A leaf that no gradient reaches, nor what depends on it alone: what PyTorch makes of a view under no_grad.
    Value severed(Tensor tensor);
    /// The outputs as values: those with a floating dtype have a place here. `attributes` must outlive
    /// the tape or be kept by it: see keep().
    Values record(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                  std::span<const Tensor> outputs);
    /// Likewise for a single output that is floating and inputs that stand in no list: a graph of scalars is made
    /// of nothing else, and its operations cost less than a list of them.
    template <std::same_as<Value>... Inputs>
    Value record(const Op& op, const Attributes& attributes, Tensor output, const Inputs&... inputs)
    {
        const std::uint32_t entry = addEntry(&op, attributes, sizeof...(inputs), 1);
        (addEdge(inputs), ...);
        m_outputs.emplace_back(output);
        return Value(std::move(output), this, {entry, 0});
    }
    /// A copy that lives as long as the tape.
    const Attributes& keep(Attributes attributes);

    std::size_t size() const { return m_entries.size(); }
    /// nullptr: a leaf.
    const Op* op(std::size_t entry) const { return m_entries[entry].op; }
    const Attributes& attributes(std::size_t entry) const { return *m_entries[entry].attributes; }
    std::size_t inputCount(std::size_t entry) const { return m_entries[entry].inputCount; }
    std::size_t outputCount(std::size_t entry) const { return m_entries[entry].outputCount; }
    Value input(std::size_t entry, std::size_t i)
    {
        const Place edge = edgeTo(entry, i);
        return edge.entry == constant ? Value(m_constants[edge.output]) : value(edge);
    }
    const Tensor& inputTensor(std::size_t entry, std::size_t i) const
    {
        const Place edge = edgeTo(entry, i);
        return edge.entry == constant ? m_constants[edge.output] : output(edge.entry, edge.output);
    }
    /// Where input i came from; nullptr for a constant.
    const Place* source(std::size_t entry, std::size_t i) const
    {
        const Place& edge = edgeTo(entry, i);
        return edge.entry == constant ? nullptr : &edge;
    }
    const Tensor& output(std::size_t entry, std::size_t k) const
    {
        return m_outputs[m_entries[entry].firstOutput + k];
    }
    /// The value at an output that has a place: its dtype is floating.
    Value value(Place place) { return Value(output(place.entry, place.output), this, place); }
    /// A number for each output on the tape, the outputs of an entry one after the other.
    std::size_t slot(Place place) const { return m_entries[place.entry].firstOutput + place.output; }
    std::size_t slotCount() const { return m_outputs.size(); }

    bool isSevered(std::size_t entry) const { return m_hasSevered && m_entries[entry].isSevered; }

    /// A step that a call on the tape has gone itself: one of its grad_fns, in the order in which they came about.
    struct Step {
        std::uint32_t call;
        std::uint32_t gradFn;
        bool operator==(const Step&) const = default;
    };
    /// `entry` was recorded by a rule that goes such a step again; PyTorch has it once, and leads there.
    void repeats(std::uint32_t entry, Step step);
    const Step* repeated(std::uint32_t entry) const { return m_repeated ? findRepeated(entry) : nullptr; }

    /// Whether a backward pass has freed what this entry saved.
    bool isFreed(std::uint32_t entry) const { return m_entries[owner(entry)].isFreed; }
    void free(std::uint32_t entry) { m_entries[owner(entry)].isFreed = true; }

private:
    struct Entry {
        const Op* op;
        const Attributes* attributes;
        std::uint32_t firstInput;
        std::uint32_t firstOutput;
        std::uint16_t inputCount;
        std::uint16_t outputCount;
        bool isFreed;
        bool isSevered;
    };
    static constexpr std::uint32_t constant = 0xffffffff;  // As an edge's entry: `output` counts m_constants.

    const Place& edgeTo(std::size_t entry, std::size_t i) const
    {
        return m_edges[m_entries[entry].firstInput + i];
    }
    /// Whose saved tensors an entry has.
    std::uint32_t owner(std::uint32_t entry) const
    {
        const Step* const step = repeated(entry);
        return step ? step->call : entry;
    }
    const Step* findRepeated(std::uint32_t entry) const;
    std::uint32_t addEntry(const Op* op, const Attributes& attributes, std::size_t inputs, std::size_t outputs)
    {
        const auto entry = std::uint32_t(m_entries.size());
        m_entries.emplace_back(Entry{op, &attributes, std::uint32_t(m_edges.size()), std::uint32_t(m_outputs.size()),
                                     std::uint16_t(inputs), std::uint16_t(outputs), false, false});
        return entry;
    }
    void addEdge(const Value& input)
    {
        if (input.requiresGrad()) {
            assert(&input.tape() == this);
            m_edges.emplace_back(input.place());
        } else {
            m_edges.emplace_back(Place{constant, std::uint32_t(m_constants.size())});
            m_constants.emplace_back(input.tensor());
        }
    }

    ChunkedArray<Entry> m_entries;
    ChunkedArray<Place> m_edges;
    ChunkedArray<Tensor> m_outputs;
    ChunkedArray<Tensor> m_constants;
    ChunkedArray<Attributes> m_attributes;
    std::unique_ptr<std::map<std::uint32_t, Step>> m_repeated;  // nullptr: none, as nearly everywhere.
    bool m_hasSevered = false;
};

}  // namespace chainrule
