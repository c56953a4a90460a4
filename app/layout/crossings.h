// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/layout/network.h"

#include <cstdint>
#include <vector>

namespace chainrule {

/// The vertices of each column from top to bottom.
using Order = std::vector<std::vector<std::size_t>>;

/// How often links between neighbouring columns cross, ports considered. O(links · log links).
std::int64_t crossings(const Network& network, const Order& order);

/// An order with few crossings, in which inputs stand as the ports of their consumers do where that costs
/// none.
Order orderWithFewCrossings(const Network& network);

}  // namespace chainrule
