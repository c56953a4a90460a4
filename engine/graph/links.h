// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/edit.h"

namespace chainrule {

/// The inputs that the node at the end has with this link, or why there can be none: no such node, input or
/// item. Does not look for a cycle.
Result<Inputs> inputsWith(const Graph& graph, const Connect& connect);
/// The inputs without it, or why there is nothing of the kind.
Result<Inputs> inputsWithout(const Graph& graph, const Disconnect& disconnect);

/// What is connected to the input or the item; nullopt where it is open, or there is no such.
std::optional<Source> sourceAt(const Graph& graph, const Target& target);

/// By which name and item a document's routes know the end of a link. Without a parameter where the catalogue
/// has none.
struct RouteKey {
    std::string_view parameter = {};
    std::optional<std::int64_t> item = {};
};
RouteKey routeKey(const Graph& graph, const Target& target);

}  // namespace chainrule
