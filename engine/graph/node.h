// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/inline_vector.h"
#include "engine/base/rare.h"
#include "engine/ops/attribute.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace chainrule {

/// Which node, for as long as a diagram and its edited successors live: a rename keeps it. Not written to
/// files, where nodes go by name. 0 is no node.
struct NodeId {
    std::uint32_t value = 0;

    auto operator<=>(const NodeId&) const = default;
};

/// One output of a node. Whether there is such an output only evaluation can tell.
struct Source {
    NodeId node;
    std::string output = {};  ///< "values" of `m:values`; empty for the node's sole output.

    auto operator<=>(const Source&) const = default;
};

/// Where a link ends: which tensor parameter of a node, counted among the op's tensor parameters as
/// Node::inputs is, and which item where it takes a list.
struct Target {
    NodeId node;
    std::uint32_t parameter = 0;
    std::optional<std::uint32_t> item = {};

    auto operator<=>(const Target&) const = default;
};

/// The tensors of a parameter that takes several; an item can be left open.
using SourceList = std::vector<std::optional<Source>>;

/// What is connected to one tensor parameter: nothing, one tensor, or a list of tensors. An empty list is not
/// nothing.
struct Input {
    std::variant<std::monostate, Source, SourceList> value;

    bool isOpen() const { return value.index() == 0; }
    const Source* single() const { return std::get_if<Source>(&value); }
    const SourceList* list() const { return std::get_if<SourceList>(&value); }

    bool operator==(const Input&) const = default;
};
using Inputs = InlineVector<Input, 2>;

/// A field of a document as JSON text on one line, kept as it stands because Chainrule does not read it.
struct RawField {
    std::string key;
    std::string json;

    bool operator==(const RawField&) const = default;
};
using RawFields = std::vector<RawField>;

/// What few nodes have, kept apart so that the many stay small.
struct NodeExtras {
    std::string comment = {};
    RawFields unreadAttributes = {};  ///< Given, but of a kind that no attribute has: refused when evaluated.
    RawFields unknownFields = {};

    bool operator==(const NodeExtras&) const = default;
};

/// One use of an operation. Holds what the document says and never what it computes to: op, attributes and
/// inputs may be ones that the catalogue refuses.
struct Node {
    std::string name;  ///< A Python identifier, unique in its graph.
    std::string op;    ///< As the catalogue names it, or unknown.
    /// One for each tensor parameter in the catalogue's order, without open ones at the end.
    Inputs inputs = {};
    /// As the document gives them, by JSON's type: a dtype is a string, as are "nan" and "inf"; an empty list
    /// is one of ints. The op's parameter decides what they mean.
    Attributes attributes = {};
    bool retainGrad = false;
    bool muted = false;
    Rare<NodeExtras> extras = {};

    const std::string& comment() const { return extras->comment; }
    void setComment(std::string comment);
    /// Attributes, read or unread.
    bool hasAttribute(std::string_view attribute) const;
    void setAttribute(std::string_view attribute, Attribute value);
    void removeAttribute(std::string_view attribute);

    /// Attributes are compared by their bits: 0.0 is not -0.0, and NaN equals itself.
    bool operator==(const Node& other) const;
};

/// The attribute as a document holds it, whoever made it: a dtype is its name, a float that is not finite a string,
/// an empty list one of ints, and so is a list of ints or none without a none.
Attribute documented(Attribute attribute);

/// Drops open inputs at the end, as a node has none.
void dropOpenEnd(Inputs& inputs);

/// Calls `f(const Source&)` for every connected tensor, in order; one connected twice comes twice.
template <typename F>
void forEachSource(const Node& node, F&& f)
{
    for (const Input& input : node.inputs) {
        if (const Source* source = input.single())
            f(*source);
        else if (const SourceList* list = input.list())
            for (const auto& item : *list)
                if (item)
                    f(*item);
    }
}

}  // namespace chainrule

template <>
struct std::hash<chainrule::NodeId> {
    std::size_t operator()(chainrule::NodeId id) const noexcept { return id.value; }
};
