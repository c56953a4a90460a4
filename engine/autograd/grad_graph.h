// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/ops/grad_fns.h"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace chainrule {

/// A node of PyTorch's backward graph: what `y.grad_fn` is, or the AccumulateGrad of a leaf.
struct GradNode {
    std::string_view name;            ///< As Python prints it: "MulBackward0".
    std::uint32_t entry;              ///< Of the tape; an entry may be several grad_fns.
    std::optional<NodeId> node = {};  ///< In whose evaluation it came about; absent for what a pass recorded.
    int pass = 0;                     ///< Which pass recorded it, with create_graph; 0: none.
    bool isLeaf = false;              ///< AccumulateGrad.
    bool isLast = true;               ///< The one that the outputs of its entry show; the others lead up to inputs.
};

/// One of a node's next_functions.
struct GradEdge {
    static constexpr std::uint32_t none = 0xffffffff;
    std::uint32_t to = none;    ///< none: None.
    std::uint32_t output = 0;   ///< Of which output of what it leads to it is the gradient.
};

/// A tensor that a node saved, and in whose memory it lies.
struct SavedEdge {
    std::string_view name;  ///< "self" is `_saved_self`.
    DType dtype;
    Shape shape;
    std::int64_t bytes;     ///< Of its elements: `nbytes`.
    std::uint32_t storage;  ///< Of GradGraph::storages().
};

/// Memory that saved tensors lie in; each is counted once, whoever shares it.
struct GradStorage {
    std::int64_t bytes;
    std::optional<OutputId> value = {};  ///< The value on the canvas whose memory it is: that would be there anyway.
};

/// What became of what a node saved.
enum class SavedState {
    NotYet,  ///< The node has not come about at the step that is shown.
    Held,    ///< No pass has run it.
    Kept,    ///< Passes have run it, all with retain_graph or create_graph.
    Freed,   ///< A pass without has run it: another one is refused.
};

struct HeldBytes {
    std::int64_t all = 0;    ///< Of all that saved tensors lie in.
    std::int64_t alone = 0;  ///< Of that what is no value's on the canvas.
};

/// The graph of grad_fns that a run left, as Python would find it: from every value that a variable holds, and from each
/// `.grad`, by next_functions. What nothing leads to PyTorch has let go. Immutable.
class GradGraph {
public:
    explicit GradGraph(std::shared_ptr<const Replay> replay);

    const Replay& replay() const { return *m_replay; }
    std::size_t size() const { return m_nodes.size(); }
    /// What was recorded last comes first: a node stands before all that it leads to.
    const GradNode& operator[](std::size_t node) const { return m_nodes[node]; }
    std::span<const GradEdge> next(std::size_t node) const;
    std::span<const SavedEdge> saved(std::size_t node) const;
    std::span<const GradStorage> storages() const { return m_storages; }

    /// The grad_fn of an output, or its AccumulateGrad; absent where it needs no gradient, or nothing leads to it.
    std::optional<std::uint32_t> gradFn(OutputId output) const;
    /// All that came about in the evaluation of a node, or that its outputs show; empty if there is none.
    std::vector<std::uint32_t> nodesOf(NodeId node) const;
    /// Those of an entry of the tape, one after the other.
    std::pair<std::uint32_t, std::uint32_t> rangeOf(std::size_t entry) const;

    SavedState state(std::size_t node, const Moment& moment) const;
    HeldBytes held(const Moment& moment) const;

private:
    friend class GradGraphBuilder;

    /// From which position on (a number of events) something is the case.
    static constexpr std::uint32_t never = 0xffffffff;
    struct Life {
        std::uint32_t begin = 0;      ///< Of what a pass recorded.
        std::uint32_t kept = never;
        std::uint32_t freed = never;
        std::optional<NodeId> keptBy = {};  ///< A node that has run a pass while it was computed.
    };
    bool exists(std::size_t node, const Moment& moment) const;

    std::shared_ptr<const Replay> m_replay;
    std::vector<GradNode> m_nodes;
    std::vector<GradEdge> m_edges;
    std::vector<std::uint32_t> m_firstEdges;
    std::vector<SavedEdge> m_saved;
    std::vector<std::uint32_t> m_firstSaved;
    std::vector<GradStorage> m_storages;
    std::vector<std::uint32_t> m_begins;  // By entry: its first node; none where nothing leads to it.
    std::vector<std::uint32_t> m_ends;
    std::vector<Life> m_lives;            // By node.
};

}  // namespace chainrule
