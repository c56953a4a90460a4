// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/run.h"

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace chainrule {

/// The stored `.grad` of one tensor, never confused with the gradient that flows.
struct GradState {
    enum class Kind {
        IsNone,       ///< PyTorch says None: no gradient is asked for, or none has arrived yet.
        NotRetained,  ///< A non-leaf tensor: gradients pass through it and PyTorch keeps none.
        NotYet,       ///< At this moment of the replay; a later step brings it.
        Zeros,        ///< zero_grad(set_to_none=False) left zeros.
        Fresh,        ///< From one pass.
        Accumulated,  ///< The sum of `passes` passes.
    };
    Kind kind = Kind::IsNone;
    Tensor tensor = Tensor::none();  ///< Where there is one.
    int passes = 0;
};

/// What a link is in the backward pass.
enum class LinkState {
    NoGradient,  ///< What it carries forward does not require grad, or its consumer cannot pass one on.
    Carries,     ///< A gradient comes back through it whenever a pass reaches it; none has so far.
    Carried,     ///< One has come back through it in the pass that is shown.
    Flowing,     ///< One comes back through it in the very step that is shown.
};

/// The events of a run, found by the tensors and links that they touch. Immutable.
class Replay {
public:
    explicit Replay(std::shared_ptr<const Run> run);

    const Run& run() const { return *m_run; }
    /// How many steps there are: as many as events.
    std::size_t length() const { return m_run->events.size(); }
    /// Of which output of a node an event's contribution is the gradient; absent for what a rule recorded.
    std::optional<OutputId> receiver(std::size_t event) const;
    /// Through which link it came back; absent for a root's own gradient.
    std::optional<Target> link(std::size_t event) const;
    /// The events that reached a tensor, in order.
    std::span<const std::uint32_t> arrivals(OutputId output) const;
    /// Those that came back through a link.
    std::span<const std::uint32_t> returns(const Target& target) const;

private:
    friend class Moment;
    std::shared_ptr<const Run> m_run;
    // The rest is the implementation's.
};

/// One step of a replay, and everything that a view may show at it: nothing of a later step can be asked for. A
/// value, cheap to copy; empty before anything has been computed.
class Moment {
public:
    Moment() = default;
    /// After the last step.
    explicit Moment(std::shared_ptr<const Replay> replay);
    Moment(std::shared_ptr<const Replay> replay, std::size_t position);

    bool isEmpty() const { return !m_replay; }
    const Replay& replay() const { return *m_replay; }
    const Run& run() const { return m_replay->run(); }
    const Evaluation& evaluation() const { return run().evaluation; }
    /// How many events have happened: 0 … replay().length().
    std::size_t position() const { return m_position; }
    bool isAtEnd() const { return isEmpty() || m_position == m_replay->length(); }
    Moment at(std::size_t position) const { return Moment(m_replay, position); }

    /// nullptr where the node has not been computed: a newer one, or nothing has run yet.
    const NodeResult* result(NodeId node) const;
    /// The event of this step: the last one that happened; nullptr at position 0, and at the end, where
    /// nothing is flowing any more.
    const BackwardEvent* active() const;
    std::optional<Target> activeLink() const;
    std::optional<OutputId> activeOutput() const;

    /// What has flowed to the output in the pass that is shown: the sum of its contributions so far.
    std::optional<Tensor> flowing(OutputId output) const;
    /// How many contributions have arrived in that pass, and how many will have.
    std::pair<int, int> contributions(OutputId output) const;
    GradState stored(OutputId output) const;
    LinkState link(const Target& target) const;

private:
    std::shared_ptr<const Replay> m_replay;
    std::size_t m_position = 0;
};

}  // namespace chainrule
