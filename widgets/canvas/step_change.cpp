// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/step_change.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::ptrdiff_t farthest = 32;

/// Of the pass that the moment shows; 0 where there is none.
int passOf(const Moment& moment)
{
    const auto& events = moment.run().events;
    return events.empty() ? 0 : events[std::max<std::size_t>(moment.position(), 1) - 1].pass;
}

void addTouched(const Replay& replay, std::ptrdiff_t step, std::vector<NodeId>& nodes)
{
    if (step <= -std::ptrdiff_t(replay.forwardLength()))
        return;
    if (step <= 0)
        return nodes.push_back(replay.computedAt(step));
    const std::size_t event = std::size_t(step - 1);
    if (const auto receiver = replay.receiver(event))
        nodes.push_back(receiver->node);
    if (const auto link = replay.link(event))
        nodes.push_back(link->node);
}

}  // namespace

std::optional<std::vector<NodeId>> changedBetween(const Moment& before, const Moment& after)
{
    if (before.isEmpty() || after.isEmpty() || &before.run() != &after.run() || before.isAtEnd() || after.isAtEnd())
        return std::nullopt;
    const std::ptrdiff_t first = std::min(before.step(), after.step());
    const std::ptrdiff_t last = std::max(before.step(), after.step());
    if (last - first > farthest || passOf(before) != passOf(after) || before.replay().handsOn())
        return std::nullopt;
    std::vector<NodeId> nodes;
    for (std::ptrdiff_t step = first; step <= last; ++step)  // What was active at the first is no more.
        addTouched(before.replay(), step, nodes);
    std::ranges::sort(nodes);
    nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
    return nodes;
}

}  // namespace chainrule
