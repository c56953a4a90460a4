// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/graph/layout.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace chainrule {

/// A function of a script, or the script itself: what runs in it, one after the other.
struct ScriptBlock {
    /// A node, or the call of another block's function.
    struct Item {
        NodeId node = {};
        std::optional<std::size_t> block = {};
    };

    const Group* group = nullptr;  ///< Whose function it is; nullptr: the script itself.
    std::vector<Item> items = {};
    std::vector<NodeId> parameters = {};  ///< Nodes outside that nodes inside use.
    std::vector<NodeId> results = {};     ///< Every node inside: the script prints them all.
};

/// A script in blocks: each group is a function, but for those where a path leaves the group and comes back,
/// which cannot run in one go; and those whose calls would wait for one another, of which the later ones cannot.
/// Called functions stand before their callers, the script itself last. `hasVariable`: whether the script
/// computes the node at all.
std::vector<ScriptBlock> scriptBlocks(const Evaluation& evaluation, std::span<const Group> groups,
                                      const std::function<bool(NodeId)>& hasVariable);

/// For every node in the graph's order the innermost group that it belongs to.
std::vector<const Group*> innermostGroups(const Graph& graph, std::span<const Group> groups);

}  // namespace chainrule
