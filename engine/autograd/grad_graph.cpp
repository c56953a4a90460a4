// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/grad_graph.h"

#include "engine/autograd/agenda.h"
#include "engine/autograd/grad_memory.h"

#include <algorithm>

namespace chainrule {

/// Goes through the tape once, from its end: what an entry leads to stands before it.
class GradGraphBuilder {
public:
    explicit GradGraphBuilder(GradGraph& graph)
        : m_graph(graph), m_run(graph.m_replay->run()), m_tape(m_run.evaluation.tape()), m_memory(m_run.evaluation),
          m_isReached(m_tape.size(), false)
    {
    }

    void build()
    {
        markVariables();
        m_graph.m_begins.assign(m_tape.size(), GradEdge::none);
        m_graph.m_ends.assign(m_tape.size(), GradEdge::none);
        for (std::size_t entry = m_tape.size(); entry-- > 0;)
            if (m_isReached[entry])
                add(entry);
        for (const std::uint32_t entry : m_repeating) {
            const Tape::Step step = *m_tape.repeated(entry);
            m_graph.m_begins[entry] = m_graph.m_ends[step.call] - 1 - step.gradFn;
            m_graph.m_ends[entry] = m_graph.m_begins[entry] + 1;
        }
        m_graph.m_firstEdges.push_back(std::uint32_t(m_graph.m_edges.size()));
        m_graph.m_firstSaved.push_back(std::uint32_t(m_graph.m_saved.size()));
        for (GradEdge& edge : m_graph.m_edges)  // So far those between entries tell which one.
            if (edge.to >= firstEntry && edge.to != GradEdge::none)
                edge.to = m_graph.m_begins[edge.to - firstEntry];
        m_graph.m_storages = m_memory.take();
        m_lives.resize(m_tape.size());
        for (const NodeId id : m_run.evaluation.order())
            keepWhatWasWalked(id);
        takeEvents();
        spreadLives();
    }

private:
    /// Names of entries in edges, until all nodes have their numbers.
    static constexpr std::uint32_t firstEntry = 0x80000000;

    /// What Python's names and `.grad` refer to.
    void markVariables()
    {
        for (const NodeId id : m_run.evaluation.order()) {
            const auto& outputs = m_run.evaluation[id].outputs;
            for (std::uint32_t k = 0; k < outputs.size(); ++k)
                for (const Value* const value : {&outputs[k], m_run.stored.find({id, k})})
                    if (value && value->requiresGrad() && m_tape.op(value->place().entry))
                        m_isReached[value->place().entry] = true;
        }
    }

    void add(std::size_t entry)
    {
        auto& nodes = m_graph.m_nodes;
        if (const Tape::Step* const step = m_tape.repeated(std::uint32_t(entry))) {
            m_isReached[step->call] = true;
            m_repeating.push_back(std::uint32_t(entry));
            return;
        }
        m_graph.m_begins[entry] = std::uint32_t(nodes.size());
        const auto maker = m_run.evaluation.maker(entry);
        GradNode node{.name = "AccumulateGrad", .entry = std::uint32_t(entry), .node = maker};
        if (!maker) {
            const auto step = std::ranges::upper_bound(m_run.steps, entry, {}, &StepOutcome::tapeEnd);
            node.pass = step == m_run.steps.end() ? 0 : step->pass;
        }
        if (!m_tape.op(entry)) {
            node.isLeaf = true;
            begin(node);
        } else {
            addGradFns(entry, node, gradFnsOf(m_tape, entry));
        }
        m_graph.m_ends[entry] = std::uint32_t(nodes.size());
    }

    void begin(const GradNode& node)
    {
        m_graph.m_firstEdges.push_back(std::uint32_t(m_graph.m_edges.size()));
        m_graph.m_firstSaved.push_back(std::uint32_t(m_graph.m_saved.size()));
        m_graph.m_nodes.push_back(node);
    }

    /// The last one first: it leads to the others.
    void addGradFns(std::size_t entry, GradNode node, const GradFns& gradFns)
    {
        const auto last = std::uint32_t(m_graph.m_nodes.size() + gradFns.size() - 1);
        for (auto gradFn = gradFns.rbegin(); gradFn != gradFns.rend(); ++gradFn) {
            node.name = gradFn->name;
            node.isLast = gradFn == gradFns.rbegin();
            begin(node);
            for (const NextFn& next : gradFn->next)
                m_graph.m_edges.push_back(edgeTo(entry, next, last));
            for (const SavedTensor& saved : gradFn->saved)
                m_graph.m_saved.push_back({saved.name, saved.dtype, saved.shape,
                                           elementCount(saved.shape) * std::int64_t(itemSize(saved.dtype)),
                                           m_memory.of(entry, saved)});
        }
    }

    GradEdge edgeTo(std::size_t entry, const NextFn& next, std::uint32_t last)
    {
        if (next.to == NextFn::To::GradFn)
            return {last - next.index, 0};
        const Place* const source = next.to == NextFn::To::Input ? m_tape.source(entry, next.index) : nullptr;
        if (!source || m_tape.isSevered(source->entry))
            return {};
        m_isReached[source->entry] = true;
        return {source->entry + firstEntry, source->output};
    }

    /// A node that is the gradient of another one has run a pass while it was computed, which keeps what was saved.
    void keepWhatWasWalked(NodeId id)
    {
        const Evaluation& evaluation = m_run.evaluation;
        const Node& node = evaluation.graph().at(id);
        const Op* const op = findOp(node.op);
        if (!op || !op->walksBack || evaluation[id].error || node.muted || node.inputs.size() < 2)
            return;
        const auto valueAt = [&](std::size_t input) -> const Value& {
            return evaluation.value(*evaluation.resolve(*node.inputs[input].single()));
        };
        const Root root{valueAt(0)};
        const BackwardOptions options{.inputs = std::vector{valueAt(1).place()}};
        Agenda agenda(m_tape, {&root, 1}, options);
        while (const auto entry = agenda.next()) {
            if (!m_tape.op(*entry) || !agenda.runs(*entry))
                continue;
            if (auto& keptBy = m_lives[*entry].keptBy; !keptBy)
                keptBy = id;
            for (std::size_t i = 0; i < m_tape.inputCount(*entry); ++i)
                if (const Place* const source = m_tape.source(*entry, i); source && !m_tape.isSevered(source->entry))
                    agenda.consumerHasRun(source->entry);
        }
    }

    void takeEvents()
    {
        auto& lives = m_lives;
        for (const StepOutcome& step : m_run.steps)
            for (std::size_t e = step.firstEvent; e < step.endEvent; ++e) {
                const BackwardEvent& event = m_run.events[e];
                if (event.from) {
                    auto& since = step.retainsGraph ? lives[*event.from].kept : lives[*event.from].freed;
                    since = std::min(since, std::uint32_t(e + 1));
                }
            }
        for (const StepOutcome& step : m_run.steps)  // Some run and send nothing. One that fails frees nothing.
            for (std::size_t e = step.firstEvent; e < step.endEvent && !step.retainsGraph && !step.error; ++e)
                if (const std::uint32_t entry = m_run.events[e].to.entry;
                    m_tape.isFreed(entry) && lives[entry].freed == GradGraph::never)
                    lives[entry].freed = std::uint32_t(step.endEvent);
        for (const GradNode& node : m_graph.m_nodes)
            if (node.pass > 0)
                for (const StepOutcome& step : m_run.steps)
                    if (step.pass == node.pass)
                        lives[node.entry].begin = std::uint32_t(step.endEvent);
    }

    /// From entries to nodes; one that several entries go by is freed with the first.
    void spreadLives()
    {
        for (const GradNode& node : m_graph.m_nodes)
            m_graph.m_lives.push_back(m_lives[node.entry]);
        for (const std::uint32_t entry : m_repeating) {
            GradGraph::Life& life = m_graph.m_lives[m_graph.m_begins[entry]];
            life.kept = std::min(life.kept, m_lives[entry].kept);
            life.freed = std::min(life.freed, m_lives[entry].freed);
            if (!life.keptBy)
                life.keptBy = m_lives[entry].keptBy;
        }
        for (const StepOutcome& step : m_run.steps)
            if (step.error && !step.retainsGraph)
                for (const std::uint32_t entry : m_repeating)
                    freeUpTo(entry, step);
    }

    /// A pass that failed because what `entry` saved was freed had run the later steps of the same call.
    void freeUpTo(std::uint32_t entry, const StepOutcome& step)
    {
        const std::uint32_t call = m_tape.repeated(entry)->call;
        const auto reachesCall = [&](const BackwardEvent& event) { return event.to.entry == call; };
        const auto events = std::span(m_run.events).subspan(step.firstEvent, step.endEvent - step.firstEvent);
        if (m_lives[entry].freed > step.firstEvent || m_lives[call].freed <= step.firstEvent
            || std::ranges::none_of(events, reachesCall))
            return;
        for (std::uint32_t node = m_graph.m_begins[call]; node < m_graph.m_begins[entry]; ++node)
            m_graph.m_lives[node].freed = std::min(m_graph.m_lives[node].freed, std::uint32_t(step.endEvent));
    }

    GradGraph& m_graph;
    const Run& m_run;
    Tape& m_tape;
    GradMemory m_memory;
    std::vector<bool> m_isReached;
    std::vector<std::uint32_t> m_repeating;  // Entries that are steps of other ones.
    std::vector<GradGraph::Life> m_lives;    // By entry.
};

GradGraph::GradGraph(std::shared_ptr<const Replay> replay) : m_replay(std::move(replay))
{
    GradGraphBuilder(*this).build();
}

std::span<const GradEdge> GradGraph::next(std::size_t node) const
{
    return std::span(m_edges).subspan(m_firstEdges[node], m_firstEdges[node + 1] - m_firstEdges[node]);
}

std::span<const SavedEdge> GradGraph::saved(std::size_t node) const
{
    return std::span(m_saved).subspan(m_firstSaved[node], m_firstSaved[node + 1] - m_firstSaved[node]);
}

std::pair<std::uint32_t, std::uint32_t> GradGraph::rangeOf(std::size_t entry) const
{
    return {m_begins[entry], m_ends[entry]};
}

std::optional<std::uint32_t> GradGraph::gradFn(OutputId output) const
{
    const Evaluation& evaluation = m_replay->run().evaluation;
    if (!evaluation.graph().contains(output.node) || output.index >= evaluation[output.node].outputs.size())
        return std::nullopt;
    const Value& value = evaluation.value(output);
    const std::uint32_t begin = value.requiresGrad() ? m_begins[value.place().entry] : GradEdge::none;
    return begin == GradEdge::none ? std::nullopt : std::optional(begin);
}

std::vector<std::uint32_t> GradGraph::nodesOf(NodeId node) const
{
    std::vector<std::uint32_t> found;
    const Evaluation& evaluation = m_replay->run().evaluation;
    if (!evaluation.graph().contains(node))
        return found;
    for (std::uint32_t k = 0; k < evaluation[node].outputs.size(); ++k)
        if (const auto gradFn = this->gradFn({node, k}); gradFn && !std::ranges::count(found, *gradFn))
            for (std::uint32_t i = *gradFn; i < m_ends[m_nodes[*gradFn].entry]; ++i)
                found.push_back(i);
    return found;
}

bool GradGraph::exists(std::size_t node, const Moment& moment) const
{
    const GradNode& what = m_nodes[node];
    if (what.node)
        return moment.result(*what.node) != nullptr;
    return !moment.isForward() && moment.position() >= m_lives[node].begin;
}

SavedState GradGraph::state(std::size_t node, const Moment& moment) const
{
    if (!exists(node, moment))
        return SavedState::NotYet;
    const Life& life = m_lives[node];
    if (!moment.isForward() && moment.position() >= life.freed)
        return SavedState::Freed;
    const bool isKept = (!moment.isForward() && moment.position() >= life.kept)
                        || (life.keptBy && moment.result(*life.keptBy));
    return isKept ? SavedState::Kept : SavedState::Held;
}

HeldBytes GradGraph::held(const Moment& moment) const
{
    HeldBytes held;
    std::vector<bool> isCounted(m_storages.size(), false);
    for (std::size_t node = 0; node < size(); ++node) {
        if (saved(node).empty())
            continue;
        const SavedState state = this->state(node, moment);
        if (state != SavedState::Held && state != SavedState::Kept)
            continue;
        for (const SavedEdge& edge : saved(node)) {
            if (isCounted[edge.storage])
                continue;
            isCounted[edge.storage] = true;
            held.all += m_storages[edge.storage].bytes;
            held.alone += m_storages[edge.storage].value ? 0 : m_storages[edge.storage].bytes;
        }
    }
    return held;
}

}  // namespace chainrule
