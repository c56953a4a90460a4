// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace chainrule {

/// One element, in row-major order, of the gradient that flows to a place of the tape.
struct GradientCell {
    Place place;
    std::int64_t element = 0;
    bool operator==(const GradientCell&) const = default;
};
/// Absent where there is no such tensor, or no gradient for it.
std::optional<GradientCell> cellOf(const Evaluation& evaluation, OutputId output, std::int64_t element);

/// One thing that a number is made of: an element of a gradient further along, times a local derivative.
struct Term {
    std::size_t event;                          ///< That brought it.
    std::optional<GradientCell> upstream = {};  ///< Absent: the pass began here, and `gradient` came from outside.
    double gradient = 0;                        ///< What had arrived at that cell.
    double derivative = 1;                      ///< d(what the cell is of) / d(what the number is of).
    double value = 0;                           ///< Their product, in float64; 0 where the rule takes the element out, be it infinite.
};

/// What one event contributed to the number.
struct Share {
    std::size_t event;
    double contribution = 0;
    std::size_t terms = 0;   ///< How many of the terms are its.
    double remainder = 0;    ///< The contribution less those terms: rounding, and where it is not complete, the rest.
    bool isComplete = true;  ///< Whether all cells that could have contributed were asked.
};

/// Where a number comes from. It is the sum of its shares' contributions in their order, each addition rounded to the
/// gradient's dtype: in float64 to the last bit. A complete share's remainder is as large as the roundings in the rule:
/// a few units in the last place (2⁻⁵³ of it in float64, 2⁻²⁴ where the operation computed in float32) of the terms
/// and of what the rule adds up.
/// Where the number is not finite, a remainder is 0 if the terms show why, else NaN.
struct Explanation {
    GradientCell cell;
    double number = 0;
    std::vector<Term> terms = {};  ///< The largest magnitudes first, NaN before all. No zeros, but where elements do not mix.
    std::vector<Share> shares = {};
};

struct ExplanationOptions {
    std::size_t terms = 4096;                ///< At most so many of each event.
    std::int64_t work = std::int64_t(1) << 28;  ///< Elements that the rules may compute, for each event.
    std::stop_token stop = {};
};

/// What has flowed to the cell in the pass of the moment, taken apart. Asks the rules of its consumers alone, for one
/// upstream element at a time. @returns RuntimeError where nothing has flowed there yet, IndexError where there is no
/// such element, Cancelled after a stop.
Result<Explanation> explanation(const Moment& moment, const GradientCell& cell,
                                const ExplanationOptions& options = {});

/// The same of the cell of its largest term, and so on to where the pass began.
Result<std::vector<Explanation>> largestPath(const Moment& moment, const GradientCell& cell,
                                             const ExplanationOptions& options = {});

}  // namespace chainrule
