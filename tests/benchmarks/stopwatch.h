// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include <time.h>

namespace chainrule {

/// Of all threads of this process.
inline double processorSeconds()
{
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

/// Seconds for one call: two calls to warm up, then the median of 7 samples of at least 30 ms each.
template <typename F>
double secondsPerCall(F&& call)
{
    const auto sample = [&](int calls) {
        const double start = processorSeconds();
        for (int i = 0; i < calls; ++i)
            call();
        return processorSeconds() - start;
    };
    sample(2);
    int calls = 1;
    while (sample(calls) < 0.03)
        calls *= 2;
    double samples[7];
    for (double& seconds : samples)
        seconds = sample(calls) / calls;
    std::ranges::sort(samples);
    return samples[3];
}

}  // namespace chainrule
