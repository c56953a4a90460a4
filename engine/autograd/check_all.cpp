// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/check_all.h"

#include "engine/base/stoppable.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::size_t parts = 1000;
constexpr double elementsPerCall = 400;  // What it costs to call an operation, in elements.

/// The steps that are to be checked: of passes that are alike the first.
std::vector<std::size_t> differentPasses(const Graph& graph)
{
    std::vector<std::size_t> steps;
    const auto pass = [&](std::size_t step) { return std::get_if<Pass>(&graph.backward[step]); };
    for (std::size_t step = 0; step < graph.backward.size(); ++step) {
        const bool isNew = pass(step) && std::ranges::none_of(steps, [&](std::size_t known) {
            return pass(known)->roots == pass(step)->roots && pass(known)->inputs == pass(step)->inputs
                && pass(known)->gradients.size() == pass(step)->gradients.size();
        });
        if (isNew)
            steps.push_back(step);
    }
    return steps;
}

/// A pass may be checked in groups, each of which begins anew: what was done stays done.
std::function<void(std::size_t, std::size_t)> partly(const GradcheckOptions& options, std::size_t pass,
                                                     std::size_t passes)
{
    if (!options.progress)
        return {};
    return [tell = options.progress, pass, passes, most = std::size_t(0)](std::size_t done, std::size_t total) mutable {
        most = std::max(most, (pass * parts + done * parts / std::max<std::size_t>(total, 1)) / passes);
        tell(most, parts);
    };
}

double sizeOf(const Evaluation& evaluation, const Source& source)
{
    const auto output = evaluation.resolve(source);
    return output ? double(evaluation.value(*output).tensor().size()) : 0;
}

}  // namespace

std::optional<GraphCheck::Finding> GraphCheck::find(OutputId output) const
{
    std::optional<Finding> worst;
    for (const OfPass& pass : passes)
        for (std::size_t i = 0; i < pass.check.leaves.size(); ++i) {
            const LeafCheck& leaf = pass.check.result.leaves[i];
            if (pass.check.leaves[i] == output && (!worst || verdictOf(leaf) >= verdictOf(worst->leaf)))
                worst.emplace(Finding{pass, leaf});
        }
    return worst;
}

Verdict verdictOf(const LeafCheck& leaf)
{
    return leaf.faults.empty() ? leaf.verdict() : Verdict::Mismatch;
}

Result<GraphCheck> checkAll(const Evaluation& evaluation, const GradcheckOptions& options)
{
    const Graph& graph = evaluation.graph();
    const auto steps = differentPasses(graph);
    auto checked = stoppable(options.stop, [&]() -> Result<GraphCheck> {
        GraphCheck all;
        for (const std::size_t step : steps) {
            GradcheckOptions ofPass = options;
            ofPass.progress = partly(options, all.passes.size(), steps.size());
            auto check = checkPass(evaluation, std::get<Pass>(graph.backward[step]), ofPass);
            if (!check)
                return check.error();
            all.passes.push_back({step, *std::move(check)});
        }
        return all;
    });
    if (!checked)
        return checked.error();
    return *std::move(checked);
}

double checkWork(const Evaluation& evaluation, const GradcheckOptions& options)
{
    double computed = 0, tried = 0;
    for (const NodeId id : evaluation.order()) {
        computed += elementsPerCall;
        for (std::uint32_t k = 0; k < evaluation[id].outputs.size(); ++k) {
            const Value& value = evaluation.value({id, k});
            computed += double(value.tensor().size());
            if (value.requiresGrad() && evaluation.isLeaf(value))
                tried += 2 * double(std::min(value.tensor().size(), options.leafElements));
        }
    }
    double work = 0;
    for (const std::size_t step : differentPasses(evaluation.graph())) {
        double probed = 0;
        for (const Source& root : std::get<Pass>(evaluation.graph().backward[step]).roots)
            probed += sizeOf(evaluation, root);
        // Of each element of a root two backward passes, which cost about two forward passes each.
        work += computed * (tried + 4 * std::min(probed, double(options.outputElements)));
    }
    return work;
}

}  // namespace chainrule
