// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"

namespace chainrule {

/// Takes nodes out of everything that refers to them and then out of the graph. Precondition: they are in it.
void removeNodes(Diagram& diagram, std::span<const NodeId> nodes);

}  // namespace chainrule
