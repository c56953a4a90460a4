// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/name_index.h"
#include "engine/graph/node.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chainrule {

/// One call of `torch.autograd.backward`.
struct Pass {
    std::vector<Source> roots;
    /// The upstream gradient of each root, absent for PyTorch's implicit 1; empty: implicit for all.
    std::vector<std::optional<Source>> gradients = {};
    std::optional<bool> retainGraph = {};  ///< Absent: what createGraph is.
    bool createGraph = false;
    /// Whose `.grad` alone is added to; absent: all leaves'.
    std::optional<std::vector<Source>> inputs = {};
    RawFields unknownFields = {};

    bool operator==(const Pass&) const = default;
};

/// What `optimizer.zero_grad(set_to_none=…)` does to the `.grad` of every leaf.
struct ZeroGrad {
    bool setToNone = true;  ///< Otherwise to zeros.
    RawFields unknownFields = {};

    bool operator==(const ZeroGrad&) const = default;
};

using BackwardStep = std::variant<Pass, ZeroGrad>;

/// Nodes under one title; with noGrad they run under `torch.no_grad()`. A node may be in several.
struct Frame {
    std::string title;
    std::vector<NodeId> nodes;
    bool noGrad = false;
    RawFields unknownFields = {};

    bool operator==(const Frame&) const = default;
};

/// Everything that decides what is computed: the nodes in document order, the backward passes, and the
/// frames. A value: nodes are shared between copies, so that copying one costs a pointer each. It does not
/// know what an operation is, and does not hold where anything is drawn.
class Graph {
public:
    std::vector<BackwardStep> backward;  ///< In the order in which they run. Their nodes are in the graph.
    std::vector<Frame> frames;           ///< Likewise.

    std::size_t size() const { return m_ids.size(); }
    bool empty() const { return m_ids.empty(); }
    /// In document order, in which they also ascend.
    std::span<const NodeId> ids() const { return m_ids; }

    /// The node that stands at `index` in the document.
    const Node& operator[](std::size_t index) const { return *m_nodes[index]; }
    /// Where a node stands; O(1) unless nodes were removed, else O(log n).
    std::optional<std::size_t> indexOf(NodeId id) const;

    bool contains(NodeId id) const { return indexOf(id).has_value(); }
    /// Precondition: contains(id).
    const Node& at(NodeId id) const { return *m_nodes[*indexOf(id)]; }
    /// Likewise; the pointer is the same in two graphs only if the node is.
    const std::shared_ptr<const Node>& share(NodeId id) const { return m_nodes[*indexOf(id)]; }
    std::optional<NodeId> find(std::string_view name) const;

    void reserve(std::size_t count);
    /// The id that the next node will get.
    NodeId nextId() const { return {m_lastId + 1}; }
    /// Appends a node. Precondition: its name is not in use; its sources will be in the graph before anyone
    /// plans it.
    NodeId add(std::shared_ptr<const Node> node);
    NodeId add(Node node) { return add(std::make_shared<const Node>(std::move(node))); }
    /// Precondition: contains(id), and no other node has the new name.
    void replace(NodeId id, std::shared_ptr<const Node> node);
    void replace(NodeId id, Node node) { replace(id, std::make_shared<const Node>(std::move(node))); }
    /// Takes nodes out and nothing else: who refers to them is the caller's to mend. Ids that are not there
    /// are passed over.
    void remove(std::span<const NodeId> ids);

    /// By value.
    bool operator==(const Graph& other) const;

private:
    std::vector<NodeId> m_ids;
    std::vector<std::shared_ptr<const Node>> m_nodes;
    NameIndex m_names;
    std::uint32_t m_lastId = 0;  // Never handed out again, so that an id means one node within a history.
};

}  // namespace chainrule
