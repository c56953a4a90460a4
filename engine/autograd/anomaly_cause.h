// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/anomaly.h"
#include "engine/autograd/local_rule.h"

namespace chainrule {

struct CauseFound {
    AnomalyCause cause = AnomalyCause::Unknown;
    std::optional<std::size_t> input = {};  ///< Of the call.
    std::optional<double> at = {};          ///< What that input is there, if it is one number.
};

/// Why an element of an output that the use computed is not finite.
CauseFound causeOfValue(const OperationUse& use, std::size_t output, std::int64_t cell);
/// Why an element of what the use's rule sent to an input is not.
CauseFound causeOfContribution(const OperationUse& use, const Upstream& upstream, std::size_t input,
                               std::int64_t cell);

}  // namespace chainrule
