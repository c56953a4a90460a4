// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <stop_token>

namespace chainrule {

/// Thrown out of a long computation that is to stop. Like std::bad_alloc it is no error of what was computed; who gave
/// the computation its StopScope catches it.
struct Stopped {};

/// While it lives, long computations on this thread stop soon after the token asks for it. One that can never ask leaves
/// the scope around it in force.
class StopScope {
public:
    explicit StopScope(std::stop_token token);
    StopScope(const StopScope&) = delete;
    StopScope& operator=(const StopScope&) = delete;
    ~StopScope();

private:
    std::stop_token m_token;
    const std::stop_token* m_outer;  // Not owned: that of the scope around this one.
};

/// For work that has no steps to count. @throws Stopped
void lookWhetherToStop();

/// Counts the steps of a long loop and looks, every so often, whether it is to stop.
class Pace {
public:
    /// A step is the work on an element: that many take a few milliseconds at most.
    static constexpr std::int64_t stride = 1 << 18;

    /// @throws Stopped
    void take(std::int64_t steps)
    {
        m_left -= steps;
        if (m_left > 0)
            return;
        m_left = stride;
        lookWhetherToStop();
    }

private:
    std::int64_t m_left = stride;
};

/// Calls `f(begin, end)` for 0 … count in pieces of a stride, and looks in between. `steps`: how many are done for each
/// of them. @throws Stopped
template <typename F>
void inPieces(std::int64_t count, F&& f, std::int64_t steps = 1)
{
    const std::int64_t longest = std::max<std::int64_t>(Pace::stride / std::max<std::int64_t>(steps, 1), 1);
    for (std::int64_t begin = 0; begin < count; begin += longest) {
        if (begin > 0)
            lookWhetherToStop();
        f(begin, std::min(begin + longest, count));
    }
}

}  // namespace chainrule
