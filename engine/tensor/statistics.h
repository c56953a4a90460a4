// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <optional>
#include <stop_token>

namespace chainrule {

/// What can be said about the elements of a tensor without showing them.
struct Statistics {
    std::int64_t count = 0;
    std::int64_t nans = 0;
    std::int64_t infinities = 0;  ///< Of both signs.
    std::int64_t zeros = 0;       ///< Of both signs.
    std::optional<Scalar> min = {};  ///< Of those that are not NaN, exact; absent where there are none.
    std::optional<Scalar> max = {};
    /// Mean and standard deviation (the square root of the mean squared deviation, NumPy's ddof=0) of all
    /// elements, in float64: NaN counts, so that they are then NaN. Absent where there is no element.
    std::optional<double> mean = {};
    std::optional<double> std = {};
    double l1 = 0;  ///< The sum of the magnitudes; l2: the square root of the sum of their squares, as `norm` is.
    double l2 = 0;
};

/// In one pass over the elements, by B. P. Welford's method ("Note on a method for calculating corrected
/// sums of squares and products", 1962). After a stop the answer is worth nothing.
Statistics statistics(const Tensor& tensor, std::stop_token stop = {});

}  // namespace chainrule
