// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// Why a number is NaN or infinite. Found by computing the same again with other numbers, never from an op's name.
enum class AnomalyCause {
    Given,                  ///< It comes from outside: a constant, a file, an attribute, a pass's own gradient.
    Overflow,               ///< Too large for its dtype, float64 included.
    AtZero,                 ///< An input is 0, where the value or the derivative is infinite.
    AtPole,                 ///< The same at another number.
    OutsideDomain,          ///< There is no value at that input: the square root of -1.
    ZeroOverZero,
    ZeroTimesInfinity,      ///< Backward: an upstream gradient of 0, and a local derivative that is infinite.
    InfinityMinusInfinity,
    InfinityOverInfinity,
    AtInfinity,             ///< An input is infinite, and there is no value there.
    Unknown,
};

/// Where NaN or infinities appeared out of numbers that were none.
struct Anomaly {
    enum class Where {
        Value,         ///< What a node computed.
        Contribution,  ///< What a node sent back through one of its inputs, or the pass's own gradient.
        Sum,           ///< Contributions to one tensor, added up.
    };
    Where where = Where::Value;
    std::optional<NodeId> node = {};      ///< At fault; absent for what a rule recorded.
    std::optional<OutputId> output = {};  ///< Whose value it is, or whose gradient.
    std::optional<std::size_t> event = {};  ///< Backward: the number of the event.
    Tensor tensor = Tensor::none();       ///< That they stand in.
    std::int64_t nans = 0;
    std::int64_t infinities = 0;
    std::vector<std::int64_t> cells = {};  ///< The first eight, in row-major order. The cause is that of the first.
    AnomalyCause cause = AnomalyCause::Unknown;
    std::optional<std::size_t> input = {};  ///< The input of the call that brought it about, where one did.
    std::string sentence = {};              ///< For people: where, what, and why, with the op's own formula.
};

/// The first of each kind. A value or gradient counts as the first where all that it was computed from is finite; for
/// NaN alone, where none of that is NaN: an infinity on purpose, as in a mask, may stand before it.
struct AnomalyTrace {
    std::optional<Anomaly> forward = {};      ///< In the order of evaluation.
    std::optional<Anomaly> forwardNan = {};
    std::optional<Anomaly> backward = {};     ///< In the order of events.
    std::optional<Anomaly> backwardNan = {};
};

/// What has gone wrong up to that moment: of the forward pass all, of events those that have happened.
/// @returns Cancelled after a stop.
Result<AnomalyTrace> traceAnomalies(const Moment& moment, std::stop_token stop = {});

}  // namespace chainrule
