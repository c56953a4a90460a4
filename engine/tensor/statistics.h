// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <cstdint>
#include <optional>

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
};

/// In one pass over the elements, by B. P. Welford's method ("Note on a method for calculating corrected
/// sums of squares and products", 1962).
Statistics statistics(const Tensor& tensor);

}  // namespace chainrule
