// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// Which numbers stop the player, besides the nodes that are marked on the canvas.
struct Stops {
    bool atNotFinite = false;
    bool atNorm = false;
    double norm = 1e3;  ///< Larger ones, while `atNorm`.
    bool operator==(const Stops&) const = default;
};

}  // namespace chainrule
