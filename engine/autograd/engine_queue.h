// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace chainrule {

/// Something that a pass has yet to visit.
struct QueuedEntry {
    std::uint32_t entry;                ///< Of the tape.
    std::optional<NodeId> node = {};    ///< Whose it is; absent for what a rule recorded.
    int missing = 0;                    ///< How many contributions it waits for; those that bring nothing count, too.
    bool operator==(const QueuedEntry&) const = default;
};

/// What the engine has before it in the middle of a pass. Leaves stand in it as PyTorch's AccumulateGrad does.
struct EngineQueue {
    std::optional<QueuedEntry> running = {};  ///< Has sent some of its contributions, and sends the next one.
    std::vector<QueuedEntry> ready = {};      ///< In the order in which they run.
    std::vector<QueuedEntry> waiting = {};    ///< Those recorded last first, as they run sooner.
};

/// The queue of the pass that the moment shows, after the last event that has happened and after all that the engine does
/// until the next one and that brings no event: a leaf is visited as soon as it is ready. Empty after the last
/// event of a pass, but for a pass that failed, where what it could not run is the first that is ready.
EngineQueue queueAt(const Moment& moment);

}  // namespace chainrule
