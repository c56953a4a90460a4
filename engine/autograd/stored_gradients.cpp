// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/stored_gradients.h"

#include "engine/ops/operators.h"
#include "engine/ops/rule_ops.h"

namespace chainrule {

const Value* StoredGradients::find(OutputId output) const
{
    const auto found = m_stored.find(output);
    return found == m_stored.end() ? nullptr : &found->second.gradient;
}

int StoredGradients::passes(OutputId output) const
{
    const auto found = m_stored.find(output);
    return found == m_stored.end() ? 0 : found->second.passes;
}

void StoredGradients::accumulate(OutputId output, const Value& gradient, Holder holder, bool createGraph)
{
    const auto found = m_stored.find(output);
    if (found == m_stored.end()) {
        const auto stored = [&] { return holder == Holder::Leaf ? copied(gradient) : cloned(gradient); };
        m_stored.emplace(output, Stored{createGraph ? stored() : gradient.detached(), 1, holder});
        return;
    }
    Value& sum = found->second.gradient;
    if (createGraph) {
        sum = sum + gradient;
    } else {
        const Value plain = sum.detached() + gradient.detached();
        // A leaf's is added to in place, which leaves its grad_fn what it was.
        sum = holder == Holder::Leaf && sum.requiresGrad() ? sum.rewritten(plain.tensor()) : plain;
    }
    ++found->second.passes;
}

std::vector<OutputId> StoredGradients::zero(bool setToNone)
{
    std::vector<OutputId> changed;
    for (auto& [output, stored] : m_stored) {
        if (stored.holder != Holder::Leaf)
            continue;
        changed.push_back(output);
        if (!setToNone)
            stored = {zerosLike(stored.gradient), 0, Holder::Leaf};
    }
    if (setToNone)
        std::erase_if(m_stored, [](const auto& entry) { return entry.second.holder == Holder::Leaf; });
    return changed;
}

}  // namespace chainrule
