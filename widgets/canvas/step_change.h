// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <optional>
#include <vector>

namespace chainrule {

/// The nodes that are drawn otherwise at one moment than at another of the same run, they and their links; absent where
/// that may be any: of other passes, or far apart.
std::optional<std::vector<NodeId>> changedBetween(const Moment& before, const Moment& after);

}  // namespace chainrule
