// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/layout/crossings.h"

#include <vector>

namespace chainrule {

/// How far down the top of each vertex stands, 0 and more: close to where its neighbours are, links over
/// several columns as straight as may be, and no two closer than the gaps. `heights`: of each vertex, 0 for
/// bends.
std::vector<double> tops(const Network& network, const Order& order, const std::vector<double>& heights);

/// The grid that positions are multiples of.
inline constexpr double layoutGrid = 24;

}  // namespace chainrule
