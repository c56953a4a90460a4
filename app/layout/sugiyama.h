// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/layout/crossings.h"

#include <optional>

namespace chainrule {

/// The order within the columns by Sugiyama's method, igraph's. Links must go to the next column; others are
/// passed over. Nothing where igraph fails. One call at a time runs, whatever the thread: igraph keeps global
/// state.
std::optional<Order> sugiyamaOrder(const Network& network);

}  // namespace chainrule
