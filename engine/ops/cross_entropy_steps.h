// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

/// What cross_entropy sends back in PyTorch's own steps, for where they are recorded; the same numbers as its rule's.
Gradients recordedCrossEntropyVjp(const VjpCall& call);

}  // namespace chainrule
