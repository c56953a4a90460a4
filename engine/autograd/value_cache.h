// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace chainrule {

/// What operations have computed, by everything that decides it: evaluating the same again, or what is mostly the same,
/// finds it here. It holds tensors and nothing of a tape. For one thread.
///
/// The values of the latest finished evaluation and of one that runs stay whatever they take, since who asked for it
/// holds them too; others go, the one that was used longest ago first, when all together take more than the budget.
class ValueCache {
public:
    static constexpr std::size_t usualBudget = std::size_t(1) << 28;  // In bytes.

    explicit ValueCache(std::size_t budget = usualBudget) : m_budget(budget) {}

    /// Compared exactly, so that equal keys mean equal tensors. Derived from an op's declaration alone: no op can
    /// forget a part of it.
    struct Key {
        struct Input {
            Tensor tensor;      ///< By identity, which lasts as long as the key holds it; numbers by their bits.
            bool requiresGrad;  ///< Some ops refuse one that does.

            bool operator==(const Input& other) const;
        };

        const Op* op;
        std::string attributes;  ///< As text: there 0 is not -0, 2 is not 2., and nan equals itself.
        InlineVector<Input, 3> inputs = {};

        bool operator==(const Key&) const = default;
    };
    static Key keyOf(const Op& op, std::span<const Value> inputs, const Attributes& attributes);

    void begin();   ///< An evaluation begins; the one before need not have finished.
    void finish();  ///< It has come to its end.
    /// nullptr: it is not known. Valid until something is inserted.
    const Tensors* find(const Key& key);
    /// Keeps nothing that holds no memory: it costs more to look up than to compute.
    void insert(Key key, Tensors outputs);
    /// Lets go of all that the evaluation that runs has not used. @returns whether there was anything.
    bool dropUnused();

    std::size_t size() const { return m_entries.size(); }
    /// What its tensors take, memory that several share counted once, and the cache itself by estimate.
    std::size_t bytes() const { return m_bytes; }

private:
    static constexpr std::uint64_t never = ~std::uint64_t(0);
    struct Entry {
        Key key;
        Tensors outputs;
        std::uint64_t usedIn;              // The latest evaluation that used it.
        std::uint64_t finishedIn = never;  // Likewise, of those that finished.
    };
    using Entries = std::list<Entry>;
    struct Hash {
        std::size_t operator()(const Key* key) const;
    };
    struct Equal {
        bool operator()(const Key* a, const Key* b) const { return *a == *b; }
    };

    void trim();
    Entries::iterator dropped(Entries::iterator entry);
    void hold(const Entry& entry);
    void release(const Entry& entry);

    std::size_t m_budget;
    std::size_t m_bytes = 0;
    std::uint64_t m_running = 0;  // Evaluations are counted; the latest that began,
    std::uint64_t m_finished = 0;  // and that finished.
    Entries m_entries;  // The latest used last.
    std::unordered_map<const Key*, Entries::iterator, Hash, Equal> m_known;  // By the key in the entry.
    std::unordered_map<const Buffer*, std::size_t> m_buffers;                // How many tensors here lie in each.
};

}  // namespace chainrule
