// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <vector>

namespace chainrule {

// The families, one file each. registry.cpp lists them, and nothing else does.
std::vector<Op> arithmeticOps();
std::vector<Op> clampOps();
std::vector<Op> comparisonOps();
std::vector<Op> pointwiseOps();
std::vector<Op> activationOps();
std::vector<Op> reductionOps();
std::vector<Op> extremumOps();
std::vector<Op> spreadOps();
std::vector<Op> shapingOps();
std::vector<Op> dimensionOps();
std::vector<Op> joinOps();
std::vector<Op> indexingOps();
std::vector<Op> graphOps();
std::vector<Op> sourceOps();
std::vector<Op> creationOps();
std::vector<Op> randomOps();
std::vector<Op> linalgOps();
std::vector<Op> lossOps();
std::vector<Op> backwardOps();
std::vector<Op> negativeLogOps();
std::vector<Op> ruleOps();
std::vector<Op> choiceOps();

}  // namespace chainrule
