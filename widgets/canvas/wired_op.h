// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"
#include "widgets/canvas/gesture.h"

#include <functional>

namespace chainrule {

/// Which operations the search offers where a link was dropped: those that may take what comes from there.
std::function<bool(const Op&)> opsFor(const Scene& scene, const AskForOp& ask);

/// The op as a node where the link was dropped, and the link to or from it.
Edit wiredOp(const Scene& scene, const Op& op, const AskForOp& ask);

}  // namespace chainrule
