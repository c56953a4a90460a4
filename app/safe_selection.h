// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/anomaly.h"
#include "engine/graph/edit.h"

#include <optional>
#include <stop_token>

namespace chainrule {

/// Where NaN or infinities come out of a node whose result is masked afterwards, as in where(x > 0, log(x), 0): the edit
/// that masks its input before instead, as in log(where(x > 0, x, 1)). Found by what the graph's nodes take and give,
/// and tried: it is offered only if the anomaly is gone with it and what is selected stays the same to the bit.
///
/// @param diagram that `moment` is of. Runs its graph again, so not within a frame.
std::optional<Edit> safeSelection(const Diagram& diagram, const Moment& moment, const Anomaly& anomaly,
                                  std::stop_token stop = {});

}  // namespace chainrule
