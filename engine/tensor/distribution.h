// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <stop_token>
#include <vector>

namespace chainrule {

/// How many elements of a tensor lie where. What has no place on the axis is counted apart.
struct Distribution {
    double from = 0;  ///< Where the first bar begins; to: where the last one ends. Equal for a constant: one bar.
    double to = 0;
    std::vector<std::int64_t> bars = {};  ///< Of equal width; finite elements, zeros among them. Empty: there is none.
    std::int64_t nans = 0;
    std::int64_t positiveInfinities = 0;
    std::int64_t negativeInfinities = 0;
    std::int64_t zeros = 0;  ///< Of both signs.
    std::int64_t count = 0;
    std::int64_t sampled = 0;  ///< How many elements the bars were made from, where not from all; else 0.

    bool operator==(const Distribution&) const = default;
};

/// Up to how many elements the bars are counted; of more, one element in each of as many equal parts is.
inline constexpr std::int64_t mostCounted = 1'000'000;

/// In at most `bins` bars, which for integers and bools are integers wide. Everything but the bars is exact at any
/// size, and so are from and to. After a stop the answer is worth nothing.
Distribution distribution(const Tensor& tensor, int bins, std::stop_token stop = {});

}  // namespace chainrule
