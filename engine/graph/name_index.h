// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/node.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace chainrule {

/// Finds nodes by name: an open hash table in one flat piece of memory, so that copying a graph copies it
/// fast. It stores no names but their hashes; `nameOf(NodeId)` tells the name of a node that it may have
/// found.
class NameIndex {
public:
    template <typename NameOf>
    std::optional<NodeId> find(std::string_view name, const NameOf& nameOf) const
    {
        if (m_slots.empty())
            return std::nullopt;
        const std::uint32_t hash = hashOf(name);
        for (std::size_t i = hash & mask(); m_slots[i].isTaken(); i = after(i))
            if (m_slots[i].hash == hash && nameOf(m_slots[i].node) == name)
                return m_slots[i].node;
        return std::nullopt;
    }

    /// Precondition: no node of that name is in it.
    void insert(NodeId node, std::string_view name)
    {
        if (4 * (m_count + 1) > 3 * m_slots.size())
            grow();
        place({node, hashOf(name)});
        ++m_count;
    }

    /// Precondition: `node` is in it under this name.
    void erase(NodeId node, std::string_view name)
    {
        std::size_t gap = hashOf(name) & mask();
        while (m_slots[gap].node != node)
            gap = after(gap);
        // Closes the gap with what stands behind it but may stand at it, so that no search stops early.
        for (std::size_t i = after(gap); m_slots[i].isTaken(); i = after(i))
            if (((i - m_slots[i].hash) & mask()) >= ((i - gap) & mask())) {
                m_slots[gap] = m_slots[i];
                gap = i;
            }
        m_slots[gap] = {};
        --m_count;
    }

private:
    struct Slot {
        NodeId node;
        std::uint32_t hash = 0;

        bool isTaken() const { return node.value != 0; }
    };

    static std::uint32_t hashOf(std::string_view name)
    {
        return static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
    }
    std::size_t mask() const { return m_slots.size() - 1; }
    std::size_t after(std::size_t i) const { return (i + 1) & mask(); }

    void place(Slot slot)
    {
        std::size_t i = slot.hash & mask();
        while (m_slots[i].isTaken())
            i = after(i);
        m_slots[i] = slot;
    }
    void grow()
    {
        const std::vector<Slot> old = std::move(m_slots);
        m_slots.assign(old.empty() ? 16 : 2 * old.size(), Slot());
        for (const Slot& slot : old)
            if (slot.isTaken())
                place(slot);
    }

    std::vector<Slot> m_slots;  // As many as a power of two.
    std::size_t m_count = 0;
};

}  // namespace chainrule
