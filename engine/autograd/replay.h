// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/run.h"

#include <cstddef>
#include <cstdint>
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
    NotYet,      ///< What it leads to has not been computed at the step that is shown.
    NoGradient,  ///< What it carries forward does not require grad.
    Detached,    ///< That does, and its consumer passes none on: `detach`, a frame without gradients, an argmax.
    Carries,     ///< A gradient comes back through it whenever a pass reaches it; none has so far.
    Carried,     ///< One has come back through it in the pass that is shown.
    Flowing,     ///< One comes back through it in the very step that is shown.
};

/// The events of a run, found by the tensors and links that they touch. Immutable. A node that hands on its input
/// itself (a muted one, `to` its own dtype) gives the very same tensor: what reaches one of them has reached the
/// other, and came back through the link between them if it came from the node's side.
class Replay {
public:
    explicit Replay(std::shared_ptr<const Run> run);

    const Run& run() const { return *m_run; }
    /// How many backward steps there are: as many as events.
    std::size_t length() const { return m_run->events.size(); }
    /// How many forward steps there are before them: as many as nodes.
    std::size_t forwardLength() const { return m_run->evaluation.order().size(); }
    /// The node that forward step `step` computes: -forwardLength() + 1 … 0.
    NodeId computedAt(std::ptrdiff_t step) const;
    /// Of which output of a node an event's contribution is the gradient: where the link begins, or the root; absent
    /// for what a rule recorded.
    std::optional<OutputId> receiver(std::size_t event) const;
    /// Through which link it came back; absent for a root's own gradient.
    std::optional<Target> link(std::size_t event) const;
    /// Appends the node that has made what is at a place, and those that hand it on.
    void addHolders(Place place, std::vector<NodeId>& nodes) const;
    /// The events that reached a tensor, in order.
    std::span<const std::uint32_t> arrivals(OutputId output) const;
    /// Likewise for a place of the tape, which may be of what a rule recorded.
    std::span<const std::uint32_t> arrivals(Place place) const { return m_arrivals[m_run->evaluation.tape().slot(place)]; }
    /// Those that came back through a link.
    std::span<const std::uint32_t> returns(const Target& target) const;
    /// An input of what is recorded in an entry of the tape.
    struct Edge {
        std::size_t entry;
        std::size_t input;
    };
    /// What a link became; absent if no gradient can come back through it, or the node hands on its input.
    std::optional<Edge> edge(const Target& target) const;

private:
    friend class Moment;
    using Index = std::uint32_t;
    static constexpr Index none = 0xffffffff;

    /// Numbers 0, 1, 2, … under the keys that they were given, ascending.
    class Groups {
    public:
        Groups() = default;
        Groups(std::size_t keyCount, std::span<const Index> keyOf);
        std::span<const Index> operator[](std::size_t key) const
        {
            return std::span(m_members).subspan(m_begins[key], m_begins[key + 1] - m_begins[key]);
        }

    private:
        std::vector<Index> m_begins;
        std::vector<Index> m_members;
    };
    /// A change of `.grad` and the first position at which it has happened.
    struct Change {
        std::size_t position;
        const GradChange* what;  // In m_run.
    };
    /// The events of one step.
    struct Interval {
        std::size_t step;
        std::size_t first;
        std::size_t end;
    };

    void findNodes();
    void groupEvents();
    void groupChanges();
    void followHandedOn();
    void rankNodes();
    std::size_t positionOf(const GradChange& change, const StepOutcome& step) const;

    /// nullptr: there is no such output.
    const Value* find(OutputId output) const;
    bool isHandedOn(const Target& target) const;
    bool carriesGradient(const Target& target) const;
    /// The pass to which the last event before `position` belongs; at 0 the first.
    Interval passAt(std::size_t position) const;

    std::shared_ptr<const Run> m_run;
    std::vector<Index> m_ranks;       // In the order of evaluation, by index in the graph.
    std::vector<NodeId> m_nodes;      // Who recorded an entry of the tape.
    std::vector<Index> m_firstEdges;  // By entry, and one more.
    std::vector<Interval> m_passes;   // Those with events.
    Groups m_arrivals;                // By slot of the tape.
    Groups m_returns;                 // By edge of the tape.
    std::vector<Change> m_changes;
    Groups m_changesOf;  // By slot of the tape.
    std::unordered_map<NodeId, std::vector<Index>> m_handedOn;  // What came back through a node that hands on.
};

/// One step of a replay, and everything that a view may show at it: nothing of a later step can be asked for. A
/// value, cheap to copy; empty before anything has been computed.
///
/// Steps are counted from where the forward pass ends and the first backward pass begins: at step -n there are n nodes
/// still to be computed, at step 0 all are, and at step k, k events have happened.
class Moment {
public:
    Moment() = default;
    /// After the last step.
    explicit Moment(std::shared_ptr<const Replay> replay);
    Moment(std::shared_ptr<const Replay> replay, std::size_t position);

    bool isEmpty() const { return !m_replay; }
    const Replay& replay() const { return *m_replay; }
    const std::shared_ptr<const Replay>& sharedReplay() const { return m_replay; }
    const Run& run() const { return m_replay->run(); }
    const Evaluation& evaluation() const { return run().evaluation; }
    /// How many events have happened: 0 … replay().length().
    std::size_t position() const { return m_position; }
    /// How many nodes have been computed, in the order of evaluation.
    std::size_t evaluated() const { return m_evaluated; }
    std::ptrdiff_t step() const;
    bool isForward() const { return !isEmpty() && m_evaluated < m_replay->forwardLength(); }
    bool isAtEnd() const { return isEmpty() || (!isForward() && m_position == m_replay->length()); }
    Moment at(std::size_t position) const { return Moment(m_replay, position); }
    /// The nearest one that there is.
    Moment atStep(std::ptrdiff_t step) const;
    /// The node that the last forward step computed, while the forward pass is shown.
    std::optional<NodeId> computing() const;

    /// nullptr where the node has not been computed: a newer one, a later step's, or nothing has run yet.
    const NodeResult* result(NodeId node) const;
    /// The event of this step: the last one that happened; nullptr at position 0, and at the end, where
    /// nothing is flowing any more.
    const BackwardEvent* active() const;
    std::optional<Target> activeLink() const;
    std::optional<OutputId> activeOutput() const;

    /// What has flowed to the output in the pass that is shown, that of the last event that happened: the sum of its
    /// contributions so far.
    std::optional<Tensor> flowing(OutputId output) const;
    /// How many contributions have arrived in that pass, and how many will have.
    std::pair<int, int> contributions(OutputId output) const;
    /// A pass has changed it once all its contributions to the tensor have arrived, a zero_grad once anything has
    /// happened after it.
    GradState stored(OutputId output) const;
    LinkState link(const Target& target) const;
    /// The events that have reached a place in that pass, and those that came back through a link, in order.
    std::span<const std::uint32_t> arrived(Place place) const;
    std::span<const std::uint32_t> returned(const Target& target) const;

private:
    /// Of these events, those of the pass that is shown and that have happened.
    std::span<const std::uint32_t> happened(std::span<const std::uint32_t> events) const;

    bool isComputed(NodeId node) const;

    std::shared_ptr<const Replay> m_replay;
    std::size_t m_evaluated = 0;
    std::size_t m_position = 0;
    std::size_t m_first = 0;  // The events of the pass that is shown.
    std::size_t m_end = 0;
};

}  // namespace chainrule
