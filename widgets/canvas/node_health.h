// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/health.h"

#include <QString>

#include <map>
#include <optional>

namespace chainrule {

/// How a node's gradient is: the worst of its outputs, and of the slopes of its inputs.
struct NodeHealth {
    std::optional<double> norm = {};  ///< Of what flowed to it; absent where nothing has.
    GradientBand band = GradientBand::Healthy;
    double zeroShare = 0;       ///< Of that, what is exactly 0.
    double deadShare = 0;       ///< Of its slopes, those that are exactly 0: a dead ReLU has only such.
    double saturatedShare = 0;  ///< Those that are small, at the end of a sigmoid.

    /// What is to be looked at, worst first.
    enum class Finding { Healthy, NotFinite, Exploding, Dead, Zero, Vanishing, Saturated };
    Finding finding() const;
    /// Of the range between the bands, -1 … 1: 0 for a norm of 1, ±1 where it vanishes or explodes.
    double tint(const HealthOptions& limits) const;
};

using HealthByNode = std::map<NodeId, NodeHealth>;
HealthByNode healthByNode(const GradientHealth& health);

/// A finding with its number: "vanishing 3e-09", "dead 62 %"; empty where there is none.
QString findingWords(const NodeHealth& health);
/// All of it: "norm 0.12, exactly 0: 25 %, dead 50 %".
QString healthWords(const NodeHealth& health);

}  // namespace chainrule
