// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/ops/value.h"

#include <span>
#include <stop_token>

namespace chainrule {

class Flow;

/// `torch.autograd.grad(outputs, inputs, grad_outputs, create_graph=True)[0]`: what an op that walks back gives for
/// its three inputs, the last of which may be None. The rules that run are recorded, and nothing is freed.
/// @param flow  gets what reached every place on the way, also where there is an error.
/// @returns one value, or an error in PyTorch's words; Cancelled after a stop.
Result<Values> differentiated(std::span<const Value> inputs, std::stop_token stop = {}, Flow* flow = nullptr);

}  // namespace chainrule
