// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/node.h"

#include <string>
#include <string_view>

namespace chainrule {

/// What a document or an edit does wrong with a node, in the one form that all such errors have:
/// `node "p", field "inputs": …`.
Error nodeError(std::string_view node, std::string_view field, const std::string& what);

/// "there is no node with the id 7", for one that has no name to be called by.
std::string noSuchNode(NodeId id);

}  // namespace chainrule
