// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/diagram.h"

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace chainrule {

/// A new node under the id that the graph gives next: Graph::nextId(), and within Several the ones after it.
/// Its inputs may name nodes that are there, or that stand before it within Several.
struct AddNode {
    NodeId id;
    Node node;
    std::optional<Point> position = {};

    bool operator==(const AddNode&) const = default;
};

/// Takes nodes out, with their positions and the bends of their links. Their consumers' inputs are left open
/// (items of a list go; a list that loses all stays, empty), and they go out of frames, groups and passes. A
/// pass that loses its last root goes too, a gradient becomes null. `inputs` of a pass may become empty: that
/// is PyTorch's error when it runs, where null would mean all leaves.
struct RemoveNodes {
    std::vector<NodeId> nodes;

    bool operator==(const RemoveNodes&) const = default;
};

/// Replaces what the input had. `to.item` may be one past the last of a list, and appends; without an item, a
/// parameter that takes a list gets its first. The bends of a link that is replaced by another go.
struct Connect {
    Source from;
    Target to;

    bool operator==(const Connect&) const = default;
};

/// Leaves the input open; an item of a list goes, and those behind it move up, with their bends. Without an
/// item a list goes as a whole. Also for inputs that a document gave beyond those that the op has.
struct Disconnect {
    Target to;

    bool operator==(const Disconnect&) const = default;
};

struct SetAttribute {
    NodeId node;
    std::string attribute;
    Attribute value;

    bool operator==(const SetAttribute&) const = default;
};

/// Gives the attribute its default again.
struct UnsetAttribute {
    NodeId node;
    std::string attribute;

    bool operator==(const UnsetAttribute&) const = default;
};

/// What is absent stays as it is.
struct Mark {
    NodeId node;
    std::optional<bool> retainGrad = {};
    std::optional<bool> muted = {};
    std::optional<std::string> comment = {};

    bool operator==(const Mark&) const = default;
};

/// Everything refers to nodes by id, so every reference follows.
struct Rename {
    NodeId node;
    std::string to;

    bool operator==(const Rename&) const = default;
};

struct MoveNodes {
    std::vector<Positions::Entry> positions;

    bool operator==(const MoveNodes&) const = default;
};

/// The backward passes, all of them.
struct SetBackward {
    std::vector<BackwardStep> steps;

    bool operator==(const SetBackward&) const = default;
};

struct Edit;

/// Edits that are one for whoever made them: all of them apply, in order, or none. Whether there is a cycle
/// is asked at the end.
struct Several {
    std::string title;  ///< What the undo menu calls it: "Paste", "Delete Link".
    std::vector<Edit> edits;

    bool operator==(const Several& other) const;
};

/// Everything that a person can do to a diagram. The canvas, the inspector and the command line emit these;
/// apply() is the only code that interprets them.
struct Edit {
    using Any = std::variant<AddNode, RemoveNodes, Connect, Disconnect, SetAttribute, UnsetAttribute, Mark,
                             Rename, MoveNodes, SetBackward, Several>;
    Any value;

    template <typename E>
        requires(!std::same_as<std::remove_cvref_t<E>, Edit> && std::constructible_from<Any, E>)
    Edit(E&& edit) : value(std::forward<E>(edit))
    {
    }
    bool operator==(const Edit&) const = default;
};

inline bool Several::operator==(const Several& other) const
{
    return title == other.title && edits == other.edits;
}

/// The diagram after `edit`, or one sentence why it is not allowed (Error::Kind::Document): a cycle, a name
/// that is taken or no Python identifier, a node or input that there is not, a position that is no number.
/// What an op thinks of its attributes and inputs is no matter here: it shows when the node is evaluated.
/// Pure: nothing but the result changes.
Result<Diagram> apply(Diagram diagram, const Edit& edit);

/// Likewise for one of the edits in Several: whether there is a cycle is not asked yet.
Result<Diagram> applyPart(Diagram diagram, const Edit& edit);

/// What the undo menu calls it: "Connect", "Rename p".
/// Of a SetBackward it is what it appended, "Backward from a", or "Zero Gradients" where that was a zero_grad
/// or all steps went.
std::string label(const Diagram& before, const Edit& edit);

/// Nodes as a menu calls them: "x, y", or "12 Nodes" where it has no room for their names.
std::string nodesText(const Graph& graph, std::span<const NodeId> nodes);

/// Whether `node` is computed from `other`, or is it. O(n) in constant stack.
bool dependsOn(const Graph& graph, NodeId node, NodeId other);

/// Why a node cannot have the name: it is taken, or no Python identifier. `node`: which one, unless it is new.
Failure nameFailure(const Diagram& diagram, std::string_view name, NodeId node = {});

/// A name that no node or group has: the wish, as far as it can be a name (of "linalg.norm" what stands
/// behind the point), with a number where it is taken: "mul", "mul1", "mul2".
std::string freeName(const Diagram& diagram, std::string_view wish);

}  // namespace chainrule
