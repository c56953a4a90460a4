// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/grad_graph.h"

#include <map>

namespace chainrule {

/// Which saved tensors lie in one piece of memory, as PyTorch has it: a view in that of what it is a view of, a number in
/// its own. Chainrule's own buffers may be shared further.
class GradMemory {
public:
    explicit GradMemory(const Evaluation& evaluation);

    /// The storage of what an entry of the tape saved.
    std::uint32_t of(std::size_t entry, const SavedTensor& saved);
    std::vector<GradStorage> take() { return std::move(m_storages); }

private:
    /// Of an output on the tape, of a value that is not there, of a tensor that is no node's, or of an entry's own.
    struct Key {
        enum class Kind { Place, Value, Tensor, Own } kind;
        std::uint64_t first;
        std::uint64_t second = 0;
        auto operator<=>(const Key&) const = default;
    };
    std::uint32_t of(std::size_t entry, Memory memory, std::int64_t bytes);
    std::uint32_t storage(const Key& key, std::int64_t bytes, std::optional<OutputId> value);
    std::uint32_t ofPlace(Place place);
    std::uint32_t ofInput(std::size_t entry, std::uint32_t input);
    std::uint32_t ofValue(OutputId output);
    bool isView(Place place) const;
    std::optional<OutputId> valueOf(Place place) const;
    std::optional<OutputId> linkedTo(std::size_t entry, std::uint32_t input) const;

    const Evaluation& m_evaluation;
    Tape& m_tape;
    std::map<std::uint32_t, OutputId> m_values;  // Those that need no gradient, by their memory's number.
    std::map<Key, std::uint32_t> m_known;
    std::vector<GradStorage> m_storages;
};

}  // namespace chainrule
