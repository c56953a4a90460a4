// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"

#include <vector>

namespace chainrule {

/// In what two diagrams of one history differ. Nodes are compared by value, ids ascend.
struct Delta {
    std::vector<NodeId> added = {};
    std::vector<NodeId> removed = {};
    std::vector<NodeId> changed = {};  ///< In name, op, inputs, attributes or marks.
    std::vector<NodeId> moved = {};    ///< Among those that stay: placed elsewhere.
    bool isBackwardChanged = false;
    bool isFramesChanged = false;
    bool isDecorationChanged = false;  ///< Notes, routes, groups, the lesson, unknown fields.

    bool isEmpty() const;
    /// Whether anything that is computed may have changed: everything but where and how it is drawn.
    bool affectsValues() const;
};

/// O(n), most of it comparing pointers. Precondition: both come from one history, so that an id means one node.
Delta diff(const Diagram& before, const Diagram& after);
/// From nothing: everything is added.
Delta wholeOf(const Diagram& diagram);

}  // namespace chainrule
