// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/ops/op.h"

#include <QString>

#include <functional>
#include <vector>

namespace chainrule {

/// The MIME type under which the palette drags an operation's name.
inline constexpr char opMimeType[] = "application/x-chainrule-op";

/// The operations that people may add, found by what was typed: in name, PyTorch spelling, symbol and summary,
/// best first (a name that begins so, a word in the name, letters in their order, then the rest). Several words
/// must all be found. Without a query all of them, in the catalogue's order. `accept` may leave some out.
std::vector<const Op*> rankedOps(const QString& query, const std::function<bool(const Op&)>& accept = {});

/// Why there is no such operation, where the query asks for one that writes over its input ("add_", "+=", "in-place"), of
/// which rankedOps() finds the one that does not; empty for other queries.
QString inPlaceNote(const QString& query);

/// Remembers, while the program runs, that somebody added the op; and how often that was.
void countUse(const Op& op);
int useCount(const Op& op);

/// Summary, spelling, formula and gradient as rich text: what hovering over an operation shows.
QString opTooltip(const Op& op);

/// The edit that adds a node of this op, under a free name, with the values of the op's own first sample for what
/// has no default and for what it is made of. Sources are called x, y, z, … as learners do, others after themselves.
AddNode newNode(const Diagram& diagram, const Op& op, Point position);

}  // namespace chainrule
