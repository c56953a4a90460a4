// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/node.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace chainrule {

/// Finds nodes by name: an open hash table of ids in one flat piece of memory, so that copying a graph copies it
/// fast. It stores no names; every call is given `nameOf`, which tells the name of an id in the table.
class NameIndex {
public:
    template <typename NameOf>
    std::optional<NodeId> find(std::string_view name, const NameOf& nameOf) const
    {
        if (m_slots.empty())
            return std::nullopt;
        for (std::size_t slot = home(name); m_slots[slot].value != 0; slot = after(slot))
            if (nameOf(m_slots[slot]) == name)
                return m_slots[slot];
        return std::nullopt;
    }

    /// Precondition: no node of that name is in it.
    template <typename NameOf>
    void insert(NodeId id, std::string_view name, const NameOf& nameOf)
    {
        if (4 * (m_count + 1) > 3 * m_slots.size())
            grow(nameOf);
        place(id, name);
        ++m_count;
    }

    /// Precondition: `name` is in it.
    template <typename NameOf>
    void erase(std::string_view name, const NameOf& nameOf)
    {
        std::size_t gap = home(name);
        while (nameOf(m_slots[gap]) != name)
            gap = after(gap);
        // Closes the gap with what stands behind it but may stand at it, so that no search stops early.
        for (std::size_t slot = after(gap); m_slots[slot].value != 0; slot = after(slot)) {
            const std::size_t wanted = home(nameOf(m_slots[slot]));
            if (((slot - wanted) & mask()) >= ((slot - gap) & mask())) {
                m_slots[gap] = m_slots[slot];
                gap = slot;
            }
        }
        m_slots[gap] = {};
        --m_count;
    }

private:
    std::size_t mask() const { return m_slots.size() - 1; }
    std::size_t home(std::string_view name) const { return std::hash<std::string_view>()(name) & mask(); }
    std::size_t after(std::size_t slot) const { return (slot + 1) & mask(); }

    void place(NodeId id, std::string_view name)
    {
        std::size_t slot = home(name);
        while (m_slots[slot].value != 0)
            slot = after(slot);
        m_slots[slot] = id;
    }

    template <typename NameOf>
    void grow(const NameOf& nameOf)
    {
        const std::vector<NodeId> old = std::move(m_slots);
        m_slots.assign(old.empty() ? 16 : 2 * old.size(), NodeId());
        for (const NodeId id : old)
            if (id.value != 0)
                place(id, nameOf(id));
    }

    std::vector<NodeId> m_slots;  // A power of two; 0 is free.
    std::size_t m_count = 0;
};

}  // namespace chainrule
