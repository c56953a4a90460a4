// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/delta.h"

namespace chainrule {
namespace {

/// Walks along positions while asked for ascending ids.
class PositionWalk {
public:
    explicit PositionWalk(const Positions& positions) : m_entries(positions.entries()) {}

    std::optional<Point> at(NodeId node)
    {
        while (m_next < m_entries.size() && m_entries[m_next].node < node)
            ++m_next;
        if (m_next < m_entries.size() && m_entries[m_next].node == node)
            return m_entries[m_next].point;
        return std::nullopt;
    }

private:
    std::span<const Positions::Entry> m_entries;
    std::size_t m_next = 0;
};

}  // namespace

bool Delta::isEmpty() const
{
    return !affectsValues() && moved.empty() && !isDecorationChanged;
}

bool Delta::affectsValues() const
{
    return !added.empty() || !removed.empty() || !changed.empty() || isBackwardChanged || isFramesChanged;
}

Delta diff(const Diagram& before, const Diagram& after)
{
    Delta delta;
    PositionWalk placedBefore(before.layout.positions);
    PositionWalk placedAfter(after.layout.positions);
    const std::span<const NodeId> old = before.graph.ids();
    const std::span<const NodeId> now = after.graph.ids();
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < old.size() || k < now.size()) {
        if (k == now.size() || (i < old.size() && old[i] < now[k])) {
            delta.removed.push_back(old[i++]);
            continue;
        }
        if (i == old.size() || now[k] < old[i]) {
            delta.added.push_back(now[k++]);
            continue;
        }
        const Node& was = before.graph[i++];
        const Node& is = after.graph[k];
        const NodeId id = now[k++];
        if (&was != &is && !(was == is))
            delta.changed.push_back(id);
        if (placedBefore.at(id) != placedAfter.at(id))
            delta.moved.push_back(id);
    }
    delta.isBackwardChanged = before.graph.backward != after.graph.backward;
    delta.isFramesChanged = before.graph.frames != after.graph.frames;
    delta.isDecorationChanged =
        before.layout.notes != after.layout.notes || before.layout.routes != after.layout.routes
        || before.layout.groups != after.layout.groups || before.lesson != after.lesson
        || before.unknownFields != after.unknownFields;
    return delta;
}

Delta wholeOf(const Diagram& diagram)
{
    return diff({}, diagram);
}

}  // namespace chainrule
