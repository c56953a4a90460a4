// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/base/stop.h"

#include <new>
#include <utility>

namespace chainrule {

/// Runs `f` where it may be stopped and run out of memory. @returns Cancelled after a stop, RuntimeError for want of
/// memory.
template <typename F>
auto stoppable(std::stop_token stop, F&& f) -> Result<decltype(f())>
{
    try {
        const StopScope scope(std::move(stop));
        lookWhetherToStop();
        return f();
    } catch (const Stopped&) {
        return cancelled();
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    }
}

}  // namespace chainrule
