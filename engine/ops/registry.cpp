// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/registry.h"

#include <unordered_map>

namespace chainrule {
namespace {

class Registry {
public:
    Registry()
    {
        for (const auto family :
             {sourceOps, creationOps, randomOps, graphOps, arithmeticOps, clampOps, pointwiseOps, comparisonOps,
              activationOps, reductionOps, extremumOps, spreadOps, linalgOps, shapingOps, dimensionOps, joinOps,
              indexingOps, lossOps, backwardOps, negativeLogOps, ruleOps, choiceOps})
            for (Op& op : family())
                m_ops.push_back(std::move(op));
        for (Op& op : m_ops) {
            for (const Parameter& parameter : op.parameters)
                if (!parameter.isTensor() && parameter.fallback)
                    op.defaults.emplace(parameter.name, *parameter.fallback);
            m_byName.emplace(op.name, &op);
        }
    }

    std::span<const Op> ops() const { return m_ops; }
    const Op* find(std::string_view name) const
    {
        const auto found = m_byName.find(name);
        return found == m_byName.end() ? nullptr : found->second;
    }

private:
    std::vector<Op> m_ops;
    std::unordered_map<std::string_view, const Op*> m_byName;
};

const Registry& registry()
{
    static const Registry registry;
    return registry;
}

}  // namespace

std::span<const Op> allOps()
{
    return registry().ops();
}

const Op* findOp(std::string_view name)
{
    return registry().find(name);
}

}  // namespace chainrule
