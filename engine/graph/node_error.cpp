// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/node_error.h"

#include "engine/base/json_string.h"

namespace chainrule {

Error nodeError(std::string_view node, std::string_view field, const std::string& what)
{
    return {Error::Kind::Document, "node " + shown(node) + ", field " + shown(field) + ": " + what,
            std::string(node)};
}

std::string noSuchNode(NodeId id)
{
    return "there is no node with the id " + std::to_string(id.value);
}

}  // namespace chainrule
