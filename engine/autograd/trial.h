// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"

#include <map>
#include <optional>
#include <stop_token>
#include <vector>

namespace chainrule {

/// Computes one node of an edited graph with what an evaluation knows of its inputs, and nothing else.
class Trial {
public:
    /// The evaluation outlives this.
    explicit Trial(const Evaluation& known, std::stop_token stop = {}) : m_known(known), m_stop(std::move(stop)) {}

    /// The types of its outputs, or why it has none. Its sources are nodes that the evaluation knows, unchanged, or new
    /// ones with such sources.
    Result<Types> of(const Graph& edited, NodeId node) const;

private:
    const Evaluation& m_known;
    std::stop_token m_stop;
};

}  // namespace chainrule
