// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"
#include "engine/ops/value.h"

#include <compare>
#include <map>
#include <set>
#include <vector>

namespace chainrule {

/// One output of a node, by number.
struct OutputId {
    NodeId node;
    std::uint32_t index = 0;
    auto operator<=>(const OutputId&) const = default;
};

/// `.grad`: what backward passes added to leaves and retained tensors until zero_grad. Not what flowed in one
/// pass.
class StoredGradients {
public:
    /// nullptr: None.
    const Value* find(OutputId output) const;
    /// How many passes have added to it since it was None or zeros.
    int passes(OutputId output) const;
    /// Why a tensor has a `.grad`; zero_grad is for leaves.
    enum class Holder { Leaf, Retained };
    /// As AccumulateGrad does, or what retain_grad hooks in. With `createGraph` the sum can be differentiated.
    void accumulate(OutputId output, const Value& gradient, Holder holder, bool createGraph);
    /// From now on it gets a `.grad`, as if retain_grad() had been called: what backward(inputs=…) does to its inputs.
    void retain(OutputId output) { m_retaining.insert(output); }
    bool retains(OutputId output) const { return m_retaining.contains(output); }
    /// @returns whose it changed.
    std::vector<OutputId> zero(bool setToNone);

private:
    struct Stored {
        Value gradient;
        int passes;
        Holder holder;
    };
    std::map<OutputId, Stored> m_stored;
    std::set<OutputId> m_retaining;
};

}  // namespace chainrule
