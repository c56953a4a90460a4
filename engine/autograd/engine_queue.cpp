// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/engine_queue.h"

#include "engine/autograd/agenda.h"

#include <algorithm>

namespace chainrule {
namespace {

/// The pass to which the last event before the position belongs; at 0 the first. nullptr: there is none.
const StepOutcome* passAt(const Run& run, std::size_t position)
{
    const std::size_t event = std::max<std::size_t>(position, 1) - 1;
    const auto found = std::ranges::find_if(run.steps, [&](const StepOutcome& step) {
        return step.firstEvent <= event && event < step.endEvent;
    });
    return found == run.steps.end() ? nullptr : &*found;
}

std::vector<Root> rootsOf(const Evaluation& evaluation, const StepOutcome& step)
{
    std::vector<Root> roots;
    for (const OutputId root : step.roots)
        roots.push_back({evaluation.value(root)});
    return roots;
}

/// Goes through a pass again by its events, and computes nothing.
class Reenactment {
public:
    Reenactment(const Moment& moment, const StepOutcome& step)
        : m_evaluation(moment.evaluation()), m_events(moment.run().events), m_step(step),
          m_until(std::max(moment.position(), step.firstEvent)),
          m_options{.inputs = step.inputs, .runsInputs = step.inputs.has_value()},
          m_agenda(m_evaluation.tape(), rootsOf(m_evaluation, step), m_options),
          m_next(std::min(step.firstEvent + step.roots.size(), step.endEvent))
    {
    }

    EngineQueue queue()
    {
        if (m_until >= m_next)
            while (const auto entry = m_agenda.first()) {
                if (isWhereItStops(*entry))
                    break;
                m_agenda.next();
                if (!visit(*entry))
                    return shown(entry);
            }
        return shown(std::nullopt);
    }

private:
    /// Whether the entry brings the next event, which has not happened, or the error at which the pass ended.
    bool isWhereItStops(std::uint32_t entry) const
    {
        if (m_next < m_until)
            return false;
        if (m_next < m_step.endEvent)
            return m_events[m_next].from == entry;
        return m_step.error && m_evaluation.tape().op(entry);
    }

    /// @returns whether it came to its end before the moment.
    bool visit(std::uint32_t entry)
    {
        const Tape& tape = m_evaluation.tape();
        if (!tape.op(entry) || !m_agenda.runs(entry))
            return true;
        for (std::size_t i = 0; i < tape.inputCount(entry); ++i) {
            const Place* const source = tape.source(entry, i);
            if (!source || tape.isSevered(source->entry))
                continue;
            if (m_next < m_step.endEvent && m_events[m_next].from == entry && m_events[m_next].input == i) {
                if (m_next == m_until)
                    return false;
                ++m_next;
            }
            m_agenda.consumerHasRun(source->entry);
        }
        return true;
    }

    QueuedEntry queued(std::uint32_t entry) const
    {
        const auto owner = m_evaluation.owner({entry, 0});
        return {entry, owner ? std::optional(owner->node) : std::nullopt, std::max(m_agenda.missing(entry), 0)};
    }

    EngineQueue shown(std::optional<std::uint32_t> running) const
    {
        EngineQueue queue;
        if (running)
            queue.running = queued(*running);
        for (const std::uint32_t entry : m_agenda.ready())
            queue.ready.push_back(queued(entry));
        for (auto entry = std::uint32_t(m_agenda.size()); entry-- > 0;)
            if (m_agenda.missing(entry) > 0)
                queue.waiting.push_back(queued(entry));
        return queue;
    }

    const Evaluation& m_evaluation;
    const std::vector<BackwardEvent>& m_events;
    const StepOutcome& m_step;
    std::size_t m_until;  // The number of the first event that has not happened.
    BackwardOptions m_options;
    Agenda m_agenda;
    std::size_t m_next;   // That of the next one here.
};

}  // namespace

EngineQueue queueAt(const Moment& moment)
{
    if (moment.isEmpty())
        return {};
    const StepOutcome* const step = passAt(moment.run(), moment.position());
    return step ? Reenactment(moment, *step).queue() : EngineQueue();
}

}  // namespace chainrule
