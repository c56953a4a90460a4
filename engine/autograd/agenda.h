// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/backward.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace chainrule {

/// Which entry of the tape runs next in a backward pass, and which need not run at all. Knows no gradients: the walk goes
/// by it, and whoever shows the walk. All in the header, as it is most of the work on a graph of scalars.
class Agenda {
public:
    Agenda(const Tape& tape, std::span<const Root> roots, const BackwardOptions& options) : m_tape(tape)
    {
        std::uint32_t last = 0;
        for (const Root& root : roots)
            last = std::max(last, root.value.place().entry);
        m_missing.resize(last + 1, unreached);
        if (options.inputs)
            restrictTo(options);

        for (const Root& root : roots)
            m_missing[root.value.place().entry] = 0;
        for (std::uint32_t entry = last + 1; entry-- > 0;) {  // What an entry sends to stands before it.
            if (m_missing[entry] == unreached)
                continue;
            if (m_missing[entry] == 0)
                markReady(entry);
            for (std::size_t i = 0; runs(entry) && i < tape.inputCount(entry); ++i)
                if (const Place* const source = tape.source(entry, i); source && !tape.isSevered(source->entry))
                    m_missing[source->entry] = std::max(m_missing[source->entry], 0) + 1;
        }
    }

    std::optional<std::uint32_t> next()
    {
        if (m_ready.empty())
            return std::nullopt;
        const auto entry = std::uint32_t(m_ready.top());
        m_ready.pop();
        return entry;
    }

    /// What next() would give.
    std::optional<std::uint32_t> first() const
    {
        return m_ready.empty() ? std::nullopt : std::optional(std::uint32_t(m_ready.top()));
    }
    /// Those that can run, the next one first.
    std::vector<std::uint32_t> ready() const
    {
        std::vector<std::uint32_t> entries;
        for (auto left = m_ready; !left.empty(); left.pop())
            entries.push_back(std::uint32_t(left.top()));
        return entries;
    }
    /// For how many consumers an entry waits; 0 or less if for none, or if it is not reached.
    std::int32_t missing(std::uint32_t entry) const { return m_missing[entry]; }

    void consumerHasRun(std::uint32_t entry)
    {
        if (--m_missing[entry] == 0)
            markReady(entry);
    }

    /// The number of entries that can run at most.
    std::size_t size() const { return m_missing.size(); }

    /// Whether the entry's rule is called: with `inputs` given, only if that leads to one of them.
    bool runs(std::uint32_t entry) const { return m_runs.empty() || m_runs[entry]; }

private:
    void restrictTo(const BackwardOptions& options)
    {
        std::vector<bool> isInput(m_missing.size(), false);
        for (const Place& place : *options.inputs)
            if (place.entry < isInput.size() && !m_tape.isSevered(place.entry))
                isInput[place.entry] = true;
        m_runs.resize(m_missing.size(), false);
        for (std::uint32_t entry = 0; entry < m_missing.size(); ++entry)
            for (std::size_t i = 0; i < m_tape.inputCount(entry) && !m_runs[entry]; ++i)
                if (const Place* const source = m_tape.source(entry, i))
                    m_runs[entry] = isInput[source->entry] || m_runs[source->entry];
        if (options.runsInputs)
            for (std::uint32_t entry = 0; entry < m_missing.size(); ++entry)
                m_runs[entry] = m_runs[entry] || isInput[entry];
    }

    void markReady(std::uint32_t entry)
    {
        const std::uint64_t priority = m_tape.op(entry) ? entry : std::numeric_limits<std::uint32_t>::max();
        m_ready.push(priority << 32 | entry);
    }

    static constexpr std::int32_t unreached = -1;

    const Tape& m_tape;
    InlineVector<std::int32_t, 16> m_missing;  // Consumers that have not run, by entry.
    std::vector<bool> m_runs;                  // By entry; empty: everything does.
    std::priority_queue<std::uint64_t, InlineVector<std::uint64_t, 16>> m_ready;
};

}  // namespace chainrule
