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
    replay.addHolders(replay.run().events[event].to, nodes);
}

/// Whose `.grad` a zero_grad has changed on the way from one position to the other.
void addCleared(const Replay& replay, std::size_t first, std::size_t last, std::vector<NodeId>& nodes)
{
    for (const StepOutcome& step : replay.run().steps) {
        const std::size_t position = std::min(step.firstEvent + 1, replay.length());
        if (step.pass == 0 && first < position && position <= last)
            for (const GradChange& change : step.changes)
                replay.addHolders(replay.run().evaluation.value(change.output).place(), nodes);
    }
}

/// What shows why the last step failed, at the end alone.
void addFailed(const Run& run, std::vector<NodeId>& nodes)
{
    if (!run.error() || run.steps.empty())
        return;
    if (const auto* const pass = std::get_if<Pass>(&run.evaluation.graph().backward[run.steps.size() - 1]))
        for (const Source& root : pass->roots)
            nodes.push_back(root.node);
}

}  // namespace

std::optional<std::vector<NodeId>> changedBetween(const Moment& before, const Moment& after)
{
    if (before.isEmpty() || after.isEmpty() || &before.run() != &after.run())
        return std::nullopt;
    const Replay& replay = before.replay();
    const std::ptrdiff_t first = std::min(before.step(), after.step());
    const std::ptrdiff_t last = std::max(before.step(), after.step());
    if (last - first > farthest || passOf(before) != passOf(after))
        return std::nullopt;
    std::vector<NodeId> nodes;
    for (std::ptrdiff_t step = first; step <= last; ++step)  // What was active at the first is no more.
        addTouched(replay, step, nodes);
    addCleared(replay, std::min(before.position(), after.position()), std::max(before.position(), after.position()), nodes);
    if (before.isAtEnd() != after.isAtEnd())
        addFailed(before.run(), nodes);
    std::ranges::sort(nodes);
    nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
    return nodes;
}

}  // namespace chainrule
