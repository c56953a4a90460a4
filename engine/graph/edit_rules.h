// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"

namespace chainrule {

/// Takes nodes out of everything that refers to them and then out of the graph. Precondition: they are in it.
void removeNodes(Diagram& diagram, std::span<const NodeId> nodes);

/// Why a node or group of the name cannot join the diagram; nullopt if it can. `except`: the node that has it
/// already.
std::optional<std::string> newNameComplaint(const Diagram& diagram, std::string_view name,
                                            NodeId except = {});

}  // namespace chainrule
