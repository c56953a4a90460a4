// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/run.h"

#include "engine/base/stop.h"

#include <new>

namespace chainrule {
namespace {

/// The run while it grows.
class Runner {
public:
    Runner(Evaluation evaluation, std::span<const RunStep> steps, const StepOptions& options)
        : m_run{std::move(evaluation)}, m_steps(steps), m_options(options)
    {
        m_run.stored = m_run.evaluation.retained();
    }

    Result<Run> run()
    {
        try {
            const StopScope scope(m_options.stop);
            return afterAllSteps();
        } catch (const Stopped&) {
            return cancelled();
        }
    }

private:
    Result<Run> afterAllSteps()
    {
        for (std::size_t index = 0; index < m_steps.size(); ++index) {
            if (m_options.stop.stop_requested())
                return cancelled();
            StepOutcome outcome{.firstEvent = m_run.events.size()};
            try {
                take(index, outcome);
            } catch (const std::bad_alloc&) {
                outcome.error = outOfMemory();
            }
            outcome.endEvent = m_run.events.size();
            outcome.tapeEnd = m_run.evaluation.tape().size();
            m_run.steps.push_back(std::move(outcome));
            if (const Error* const error = m_run.error()) {
                if (error->kind == Error::Kind::Cancelled)
                    return *error;
                break;
            }
        }
        return std::move(m_run);
    }

    void take(std::size_t index, StepOutcome& outcome)
    {
        const RunStep& step = m_steps[index];
        if (const auto* zero = std::get_if<ZeroGrad>(&step.step)) {
            tell(m_run.stored.zero(zero->setToNone), outcome);
            return;
        }
        outcome.pass = m_run.passes() + 1;
        m_run.flow = {};
        const Seeds seeds = step.seeds.empty() ? Seeds::Needed : Seeds::Optional;  // Backward looks at those from outside.
        auto pass = prepared(m_run.evaluation, std::get<Pass>(step.step), seeds);
        if (!pass) {
            outcome.error = pass.error();
            return;
        }
        outcome.roots = std::move(pass->outputs);
        outcome.inputs = pass->options.inputs;
        outcome.retainsGraph = pass->options.retainGraph;
        for (std::size_t i = 0; i < step.seeds.size(); ++i)
            if (step.seeds[i])
                pass->roots[i].seed = *step.seeds[i];
        pass->options.pass = outcome.pass;
        pass->options.stop = m_options.stop;
        if (m_options.progress)
            pass->options.progress = [&](std::size_t done, std::size_t total) {
                const std::size_t whole = m_run.evaluation.tape().size();
                m_options.progress(index * whole + std::size_t(double(done) / double(total) * double(whole)),
                                   m_steps.size() * whole);
            };
        if (m_options.wantsEvents)
            pass->options.events = &m_run.events;
        PassOutcome result = chainrule::run(m_run.evaluation, *std::move(pass), m_run.stored);
        m_run.flow = std::move(result.flow);
        outcome.error = std::move(result.error);
        tell(result.stored, outcome);
    }

    void tell(const std::vector<OutputId>& outputs, StepOutcome& outcome) const
    {
        if (!m_options.wantsEvents)
            return;
        for (const OutputId output : outputs) {
            const Value* const grad = m_run.stored.find(output);
            outcome.changes.push_back(
                {output, grad ? grad->tensor() : Tensor::none(), m_run.stored.passes(output)});
        }
    }

    Run m_run;
    std::span<const RunStep> m_steps;
    const StepOptions& m_options;
};

}  // namespace

std::vector<RunStep> stepsOf(const Graph& graph)
{
    std::vector<RunStep> steps;
    for (const BackwardStep& step : graph.backward)
        steps.push_back({step});
    return steps;
}

int Run::passes() const
{
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
        if (step->pass > 0 && !step->error)
            return step->pass;
    return 0;
}

Result<Run> run(Evaluation evaluation, std::span<const RunStep> steps, const StepOptions& options)
{
    return Runner(std::move(evaluation), steps, options).run();
}

namespace {

Result<Run> runOnce(const Graph& graph, const EvaluateOptions& options)
{
    const std::size_t nodes = graph.size();
    const std::size_t total = nodes * (1 + graph.backward.size());
    EvaluateOptions forward = options;
    StepOptions backward{.wantsEvents = true, .stop = options.stop};
    if (options.progress) {
        forward.progress = [&](std::size_t done, std::size_t) { options.progress(done, total); };
        backward.progress = [&](std::size_t done, std::size_t of) {
            options.progress(nodes + std::size_t(double(done) / double(of) * double(total - nodes)), total);
        };
    }
    auto evaluation = evaluate(graph, forward);
    if (!evaluation)
        return evaluation.error();
    return run(*std::move(evaluation), stepsOf(graph), backward);
}

}  // namespace

Result<Run> run(const Graph& graph, const EvaluateOptions& options)
{
    EvaluateOptions without = options;
    while (true) {
        auto run = runOnce(graph, without);
        FileErrors damaged = run ? damagedFiles(run->evaluation.mappedSources()) : FileErrors();
        if (damaged.empty())
            return run;
        without.damaged.merge(damaged);
    }
}

}  // namespace chainrule
