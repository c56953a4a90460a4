// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/edit.h"

#include <span>
#include <string>
#include <string_view>

namespace chainrule {

/// Nodes as text for the clipboard: a document of its own, of these nodes, their positions and the links among
/// them.
std::string fragmentText(const Diagram& diagram, std::span<const NodeId> nodes);

/// What pasting such a text, or any document's, does: one Several that adds its nodes under free names, with
/// the upper left of them at `position`. @returns Document: why the text is no document.
Result<Several> pasted(const Diagram& into, std::string_view text, Point position);

/// The same nodes once more under free names, beside themselves by `offset`, with links to what they were linked to.
Several duplicated(const Diagram& diagram, std::span<const NodeId> nodes, Point offset);

}  // namespace chainrule
