// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <variant>
#include <vector>

namespace chainrule {

/// The node is computed, a gradient arrives at one of its outputs, or comes back from it through one of its inputs.
/// Never at a node that the run's graph does not have.
struct AtNode {
    NodeId node;
    bool operator==(const AtNode&) const = default;
};
/// What is computed, what an event brings, or what has arrived with it, has a NaN or an infinity.
struct AtNotFinite {
    bool operator==(const AtNotFinite&) const = default;
};
/// The norm of what an event brings, or of what has arrived with it, is larger. NaN is not.
struct AtNormAbove {
    double norm;
    bool operator==(const AtNormAbove&) const = default;
};
/// A reason to stop on the way through a replay.
using Breakpoint = std::variant<AtNode, AtNotFinite, AtNormAbove>;

/// Finds the positions of a replay at which a breakpoint holds: position p is that right after event p - 1, so none
/// holds at 0; and likewise the steps (see Moment), forward ones among them. Remembers what it has measured. For one
/// thread.
class BreakpointSearch {
public:
    explicit BreakpointSearch(std::shared_ptr<const Replay> replay);

    /// A position, and the first of the breakpoints that hold there.
    struct Hit {
        std::size_t position;
        std::size_t breakpoint;
        bool operator==(const Hit&) const = default;
    };
    bool holds(const Breakpoint& breakpoint, std::size_t position);
    /// The nearest position after, or before, where one holds. After a stop the answer is worth nothing.
    std::optional<Hit> next(std::size_t position, std::span<const Breakpoint> breakpoints, std::stop_token stop = {});
    std::optional<Hit> previous(std::size_t position, std::span<const Breakpoint> breakpoints,
                                std::stop_token stop = {});

    struct StepHit {
        std::ptrdiff_t step;
        std::size_t breakpoint;
        bool operator==(const StepHit&) const = default;
    };
    bool holdsAtStep(const Breakpoint& breakpoint, std::ptrdiff_t step);
    std::optional<StepHit> nextStep(std::ptrdiff_t step, std::span<const Breakpoint> breakpoints,
                                    std::stop_token stop = {});
    std::optional<StepHit> previousStep(std::ptrdiff_t step, std::span<const Breakpoint> breakpoints,
                                        std::stop_token stop = {});

private:
    enum class Direction { Forward, Backward };
    struct Measure {
        bool isKnown = false;
        bool isFinite = true;
        double norm = 0;
    };

    const Measure& measure(std::size_t event);
    bool holdsByNumbers(const Breakpoint& breakpoint, std::size_t event);
    /// The events that touch the node: several ascending lists.
    std::vector<std::span<const std::uint32_t>> touching(NodeId node) const;
    std::optional<std::size_t> nearest(const Breakpoint& breakpoint, std::size_t position, std::size_t limit,
                                       Direction direction, const std::stop_token& stop);
    std::optional<StepHit> findForward(std::ptrdiff_t step, std::ptrdiff_t limit, std::span<const Breakpoint> breakpoints,
                                       const std::stop_token& stop);
    std::optional<Hit> find(std::size_t position, std::span<const Breakpoint> breakpoints, Direction direction,
                            const std::stop_token& stop);

    std::shared_ptr<const Replay> m_replay;
    std::vector<Measure> m_measures;  // By event.
    std::vector<std::optional<bool>> m_isFinite;  // What each node computed; in the order of evaluation.
};

}  // namespace chainrule
