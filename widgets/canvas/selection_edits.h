// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/ops/op.h"
#include "widgets/canvas/gesture.h"

#include <QPointF>

#include <optional>
#include <span>
#include <vector>

namespace chainrule {

// What keys do with the nodes that are selected. Ids ascend.

/// Moved by so much.
Edit nudged(const Scene& scene, std::span<const NodeId> nodes, QPointF by);

/// The operation that Python writes with this symbol, or that is typed so ("^" for "**"), for so many
/// tensors; nullptr: there is none.
const Op* opOfSymbol(QChar symbol, std::size_t operands);

/// A node of the op to the right of these nodes, computed from them in this order, where nothing stands.
Edit operatorOn(const Scene& scene, const Op& op, std::span<const NodeId> operands);

/// From the first node's first output to the input of the second that fits best: open, and not refused.
/// Absent if it has no input or the first no output.
std::optional<Connect> fittingLink(const Scene& scene, NodeId from, NodeId to, const Objection& objection);

/// A node and all that it is computed from, or all that is computed from it.
enum class Way { Upstream, Downstream };
std::vector<NodeId> reached(const Scene& scene, NodeId node, Way way);

/// Where a node may stand without covering others: at `wish`, or below it.
QPointF freePlace(const Scene& scene, QPointF wish, QSizeF size);

/// The nodes that an edit adds.
std::vector<NodeId> addedBy(const Edit& edit);

}  // namespace chainrule
