// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "widgets/canvas/port.h"

#include <optional>

namespace chainrule {

/// The two ports that the keyboard has picked to be connected.
struct PickedPorts {
    std::optional<OutputId> output = {};
    std::optional<Target> input = {};

    bool isEmpty() const { return !output && !input; }
    bool isComplete() const { return output && input; }
    void pick(const Port& port);
    /// Forgets what is no longer in the scene.
    void keepWhatIsIn(const Scene& scene);
    /// Precondition: isComplete().
    Connect link(const Scene& scene) const { return {scene.source(*output), *input}; }
};

}  // namespace chainrule
