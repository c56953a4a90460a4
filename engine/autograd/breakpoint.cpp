// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/breakpoint.h"

#include "engine/tensor/statistics.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

BreakpointSearch::BreakpointSearch(std::shared_ptr<const Replay> replay)
    : m_replay(std::move(replay)), m_measures(m_replay->length()), m_isFinite(m_replay->forwardLength())
{
}

const BreakpointSearch::Measure& BreakpointSearch::measure(std::size_t event)
{
    Measure& measure = m_measures[event];
    if (measure.isKnown)
        return measure;
    measure.isKnown = true;
    const auto take = [&](const Tensor& tensor) {
        const Statistics found = statistics(tensor);
        measure.isFinite &= found.nans + found.infinities == 0;
        if (found.l2 > measure.norm)  // Not for NaN.
            measure.norm = found.l2;
    };
    const BackwardEvent& what = m_replay->run().events[event];
    take(what.contribution);
    if (what.sum.id() != what.contribution.id())
        take(what.sum);
    return measure;
}

bool BreakpointSearch::holdsByNumbers(const Breakpoint& breakpoint, std::size_t event)
{
    if (const auto* const above = std::get_if<AtNormAbove>(&breakpoint))
        return measure(event).norm > above->norm;
    return !measure(event).isFinite;
}

std::vector<std::span<const std::uint32_t>> BreakpointSearch::touching(NodeId id) const
{
    std::vector<std::span<const std::uint32_t>> lists;
    const Evaluation& evaluation = m_replay->run().evaluation;
    if (!evaluation.graph().contains(id))
        return lists;
    for (std::uint32_t k = 0; k < evaluation[id].outputs.size(); ++k)
        lists.push_back(m_replay->arrivals(OutputId{id, k}));
    const Node& node = evaluation.graph().at(id);
    for (std::uint32_t number = 0; number < node.inputs.size(); ++number)
        if (const SourceList* const list = node.inputs[number].list()) {
            for (std::uint32_t item = 0; item < list->size(); ++item)
                lists.push_back(m_replay->returns({id, number, item}));
        } else {
            lists.push_back(m_replay->returns({id, number}));
        }
    return lists;
}

bool BreakpointSearch::holds(const Breakpoint& breakpoint, std::size_t position)
{
    if (position == 0 || position > m_replay->length())
        return false;
    const std::size_t event = position - 1;
    const auto* const at = std::get_if<AtNode>(&breakpoint);
    if (!at)
        return holdsByNumbers(breakpoint, event);
    return std::ranges::any_of(touching(at->node), [&](auto events) { return std::ranges::binary_search(events, event); });
}

/// Looks no further than `limit`, a position at which another holds.
std::optional<std::size_t> BreakpointSearch::nearest(const Breakpoint& breakpoint, std::size_t position,
                                                     std::size_t limit, Direction direction,
                                                     const std::stop_token& stop)
{
    std::optional<std::size_t> found;
    const bool isForward = direction == Direction::Forward;
    if (const auto* const at = std::get_if<AtNode>(&breakpoint)) {
        for (const auto events : touching(at->node)) {
            // Event p - 1 belongs to position p.
            const auto after = isForward ? std::ranges::lower_bound(events, position)
                                         : std::ranges::lower_bound(events, std::max<std::size_t>(position, 1) - 1);
            if (isForward && after != events.end())
                found = std::min(found.value_or(m_replay->length()), *after + std::size_t(1));
            if (!isForward && after != events.begin())
                found = std::max(found.value_or(0), *(after - 1) + std::size_t(1));
        }
        return found;
    }
    for (std::size_t p = position; p != limit && !stop.stop_requested();) {
        p += isForward ? 1 : -1;
        if (p > 0 && holdsByNumbers(breakpoint, p - 1))
            return p;
    }
    return std::nullopt;
}

std::optional<BreakpointSearch::Hit> BreakpointSearch::find(std::size_t position,
                                                            std::span<const Breakpoint> breakpoints,
                                                            Direction direction, const std::stop_token& stop)
{
    const bool isForward = direction == Direction::Forward;
    std::size_t limit = isForward ? m_replay->length() : 0;
    position = std::min(position, m_replay->length());
    std::optional<Hit> hit;
    for (std::size_t i = 0; i < breakpoints.size(); ++i) {
        const auto found = nearest(breakpoints[i], position, limit, direction, stop);
        if (!found || (hit && (isForward ? *found >= hit->position : *found <= hit->position)))
            continue;
        hit = Hit{*found, i};
        limit = *found;
    }
    return hit;
}

std::optional<BreakpointSearch::Hit> BreakpointSearch::next(std::size_t position,
                                                            std::span<const Breakpoint> breakpoints,
                                                            std::stop_token stop)
{
    return find(position, breakpoints, Direction::Forward, stop);
}

std::optional<BreakpointSearch::Hit> BreakpointSearch::previous(std::size_t position,
                                                                std::span<const Breakpoint> breakpoints,
                                                                std::stop_token stop)
{
    return find(position, breakpoints, Direction::Backward, stop);
}

bool BreakpointSearch::holdsAtStep(const Breakpoint& breakpoint, std::ptrdiff_t step)
{
    const auto forward = std::ptrdiff_t(m_replay->forwardLength());
    if (step > 0)
        return holds(breakpoint, std::size_t(step));
    if (step <= -forward)
        return false;
    const NodeId node = m_replay->computedAt(step);
    if (const auto* const at = std::get_if<AtNode>(&breakpoint))
        return at->node == node;
    if (!std::holds_alternative<AtNotFinite>(breakpoint))
        return false;  // Norms are those of gradients.
    std::optional<bool>& isFinite = m_isFinite[std::size_t(step + forward - 1)];
    if (!isFinite)
        isFinite = std::ranges::all_of(m_replay->run().evaluation[node].outputs, [](const Value& output) {
            const Statistics found = statistics(output.tensor());
            return found.nans + found.infinities == 0;
        });
    return !*isFinite;
}

/// Among the forward steps from `step` on, towards `limit`, both included.
std::optional<BreakpointSearch::StepHit> BreakpointSearch::findForward(std::ptrdiff_t step, std::ptrdiff_t limit,
                                                                       std::span<const Breakpoint> breakpoints,
                                                                       const std::stop_token& stop)
{
    const std::ptrdiff_t by = step <= limit ? 1 : -1;
    for (; step != limit + by && !stop.stop_requested(); step += by)
        for (std::size_t i = 0; i < breakpoints.size(); ++i)
            if (holdsAtStep(breakpoints[i], step))
                return StepHit{step, i};
    return std::nullopt;
}

std::optional<BreakpointSearch::StepHit> BreakpointSearch::nextStep(std::ptrdiff_t step,
                                                                    std::span<const Breakpoint> breakpoints,
                                                                    std::stop_token stop)
{
    if (step < 0)
        if (const auto hit = findForward(step + 1, 0, breakpoints, stop))
            return hit;
    const auto hit = next(std::size_t(std::max<std::ptrdiff_t>(step, 0)), breakpoints, stop);
    return hit ? std::optional(StepHit{std::ptrdiff_t(hit->position), hit->breakpoint}) : std::nullopt;
}

std::optional<BreakpointSearch::StepHit> BreakpointSearch::previousStep(std::ptrdiff_t step,
                                                                        std::span<const Breakpoint> breakpoints,
                                                                        std::stop_token stop)
{
    if (step > 0)
        if (const auto hit = previous(std::size_t(step), breakpoints, stop))
            return StepHit{std::ptrdiff_t(hit->position), hit->breakpoint};
    const std::ptrdiff_t first = 1 - std::ptrdiff_t(m_replay->forwardLength());
    const std::ptrdiff_t from = std::min<std::ptrdiff_t>(step - 1, 0);
    return from < first ? std::nullopt : findForward(from, first, breakpoints, stop);
}

}  // namespace chainrule
