// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/replay.h"

#include <algorithm>

namespace chainrule {
namespace {

/// How many inputs of a call a parameter makes.
std::size_t inputCount(const Parameter& parameter, const Input& input)
{
    if (const SourceList* const list = input.list())
        return list->size();
    return parameter.kind == Parameter::Kind::Tensor || !input.isOpen() ? 1 : 0;
}

/// Calls f(parameter's number, its input, number of the call's first input from it) for the tensor parameters, until f
/// says that it is done.
template <typename F>
void forEachInput(const Node& node, F&& f)
{
    const Op* const op = findOp(node.op);
    if (!op)
        return;
    std::uint32_t number = 0;
    std::size_t first = 0;
    static const Input open;
    for (const Parameter& parameter : op->parameters) {
        if (!parameter.isTensor())
            continue;
        const Input& input = number < node.inputs.size() ? node.inputs[number] : open;
        if (f(number, input, first))
            return;
        first += inputCount(parameter, input);
        ++number;
    }
}

/// Which link became input number `input` of the call.
std::optional<Target> targetOf(NodeId id, const Node& node, std::size_t input)
{
    std::optional<Target> target;
    forEachInput(node, [&](std::uint32_t number, const Input& from, std::size_t first) {
        const SourceList* const list = from.list();
        if (input < first || input >= first + (list ? list->size() : 1))
            return false;
        target = Target{id, number};
        if (list)
            target->item = std::uint32_t(input - first);
        return true;
    });
    return target;
}

/// The other way round; absent if there is no such link.
std::optional<std::size_t> inputOf(const Node& node, const Target& target)
{
    std::optional<std::size_t> input;
    forEachInput(node, [&](std::uint32_t number, const Input& from, std::size_t first) {
        if (number != target.parameter)
            return false;
        const std::size_t item = target.item.value_or(0);
        const SourceList* const list = from.list();
        if (list ? item < list->size() : from.single() && !target.item)
            input = first + item;
        return true;
    });
    return input;
}

const Source* sourceOf(const Node& node, const Target& target)
{
    const Input& input = node.inputs[target.parameter];
    if (const SourceList* const list = input.list()) {
        const auto& item = (*list)[target.item.value_or(0)];
        return item ? &*item : nullptr;
    }
    return input.single();
}

}  // namespace

Replay::Groups::Groups(std::size_t keyCount, std::span<const Index> keyOf) : m_begins(keyCount + 2, 0)
{
    for (const Index key : keyOf)
        if (key != none)
            ++m_begins[key + 2];
    for (std::size_t i = 2; i < m_begins.size(); ++i)
        m_begins[i] += m_begins[i - 1];
    m_members.resize(m_begins.back());
    // Filling moves each begin, kept one place too far so far, to where the next one is.
    for (std::size_t i = 0; i < keyOf.size(); ++i)
        if (keyOf[i] != none)
            m_members[m_begins[keyOf[i] + 1]++] = Index(i);
}

Replay::Replay(std::shared_ptr<const Run> run) : m_run(std::move(run))
{
    for (std::size_t i = 0; i < m_run->steps.size(); ++i)
        if (const StepOutcome& step = m_run->steps[i]; step.firstEvent < step.endEvent)
            m_passes.push_back({i, step.firstEvent, step.endEvent});
    rankNodes();
    findNodes();
    groupEvents();
    groupChanges();
    followHandedOn();
}

void Replay::rankNodes()
{
    const Evaluation& evaluation = m_run->evaluation;
    m_ranks.resize(evaluation.order().size());
    for (Index rank = 0; rank < m_ranks.size(); ++rank)
        m_ranks[*evaluation.graph().indexOf(evaluation.order()[rank])] = rank;
}

NodeId Replay::computedAt(std::ptrdiff_t step) const
{
    return m_run->evaluation.order()[forwardLength() - 1 + std::size_t(step)];
}

void Replay::findNodes()
{
    const Evaluation& evaluation = m_run->evaluation;
    m_nodes.resize(evaluation.tape().size());
    for (const NodeId id : evaluation.order())
        for (const Value& output : evaluation[id].outputs) {
            if (!output.requiresGrad())
                continue;
            NodeId& owner = m_nodes[output.place().entry];
            if (owner == NodeId())
                owner = id;
            else if (owner != id)
                m_handedOn[id];
        }
}

void Replay::groupEvents()
{
    const Tape& tape = m_run->evaluation.tape();
    m_firstEdges.assign(1, 0);
    for (std::size_t entry = 0; entry < tape.size(); ++entry)
        m_firstEdges.push_back(Index(m_firstEdges.back() + tape.inputCount(entry)));
    std::vector<Index> slots, edges;
    for (const BackwardEvent& event : m_run->events) {
        slots.push_back(Index(tape.slot(event.to)));
        edges.push_back(event.from ? Index(m_firstEdges[*event.from] + event.input) : none);
    }
    m_arrivals = Groups(tape.slotCount(), slots);
    m_returns = Groups(m_firstEdges.back(), edges);
}

void Replay::groupChanges()
{
    const Evaluation& evaluation = m_run->evaluation;
    std::vector<Index> slots;
    for (const StepOutcome& step : m_run->steps)
        for (const GradChange& change : step.changes) {
            m_changes.push_back({positionOf(change, step), &change});
            slots.push_back(Index(evaluation.tape().slot(evaluation.value(change.output).place())));
        }
    m_changesOf = Groups(evaluation.tape().slotCount(), slots);
}

std::size_t Replay::positionOf(const GradChange& change, const StepOutcome& step) const
{
    if (step.pass == 0)
        return std::min(step.firstEvent + 1, length());
    const auto events = arrivals(change.output);
    return *(std::ranges::lower_bound(events, step.endEvent) - 1) + std::size_t(1);
}

/// Links into nodes that hand on their input have no edge on the tape: through them came what came back through the
/// links that begin at such a node, and the gradient of a root that is one.
void Replay::followHandedOn()
{
    if (m_handedOn.empty())
        return;
    const Evaluation& evaluation = m_run->evaluation;
    for (const StepOutcome& step : m_run->steps)
        for (std::size_t i = 0; i < step.roots.size() && step.firstEvent + i < step.endEvent; ++i)
            if (const auto found = m_handedOn.find(step.roots[i].node); found != m_handedOn.end())
                found->second.push_back(Index(step.firstEvent + i));
    const auto order = evaluation.order();
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
        const Node& node = evaluation.graph().at(*id);
        if (const auto own = m_handedOn.find(*id); own != m_handedOn.end())
            std::ranges::sort(own->second);
        const auto follow = [&](const Target& target, const Source& source) {
            const auto found = m_handedOn.find(source.node);
            if (found == m_handedOn.end())
                return;
            const auto events = returns(target);
            found->second.insert(found->second.end(), events.begin(), events.end());
        };
        for (std::uint32_t number = 0; number < node.inputs.size(); ++number)
            if (const SourceList* const list = node.inputs[number].list()) {
                for (std::uint32_t item = 0; item < list->size(); ++item)
                    if ((*list)[item])
                        follow({*id, number, item}, *(*list)[item]);
            } else if (const Source* const source = node.inputs[number].single()) {
                follow({*id, number}, *source);
            }
    }
}

void Replay::addHolders(Place place, std::vector<NodeId>& nodes) const
{
    const Evaluation& evaluation = m_run->evaluation;
    if (const auto owner = evaluation.owner(place))
        nodes.push_back(owner->node);
    for (const auto& [id, events] : m_handedOn)
        for (const Value& output : evaluation[id].outputs)
            if (output.requiresGrad() && output.place() == place)
                nodes.push_back(id);
}

const Value* Replay::find(OutputId output) const
{
    const Evaluation& evaluation = m_run->evaluation;
    if (!evaluation.graph().contains(output.node))
        return nullptr;
    const auto& outputs = evaluation[output.node].outputs;
    return output.index < outputs.size() ? &outputs[output.index] : nullptr;
}

bool Replay::isHandedOn(const Target& target) const
{
    return m_handedOn.contains(target.node) && inputOf(m_run->evaluation.graph().at(target.node), target) == 0u;
}

/// Whether what the link carries forward requires grad.
bool Replay::carriesGradient(const Target& target) const
{
    const Evaluation& evaluation = m_run->evaluation;
    const Node& node = evaluation.graph().at(target.node);
    if (evaluation[target.node].error || !inputOf(node, target))
        return false;
    const Source* const source = sourceOf(node, target);
    const auto output = source ? evaluation.resolve(*source) : Result<OutputId>(OutputId{});
    return source && output && evaluation.value(*output).requiresGrad();
}

std::optional<Replay::Edge> Replay::edge(const Target& target) const
{
    const Evaluation& evaluation = m_run->evaluation;
    if (!evaluation.graph().contains(target.node) || m_handedOn.contains(target.node))
        return std::nullopt;
    const auto& outputs = evaluation[target.node].outputs;
    const auto recorded = std::ranges::find_if(outputs, &Value::requiresGrad);
    if (recorded == outputs.end())
        return std::nullopt;
    const Tape& tape = evaluation.tape();
    const std::uint32_t entry = recorded->place().entry;
    const auto input = inputOf(evaluation.graph().at(target.node), target);
    if (!input || *input >= tape.inputCount(entry))
        return std::nullopt;
    const Place* const source = tape.source(entry, *input);
    if (!source || tape.isSevered(source->entry)
        || !parameterOf(*tape.op(entry), *input).parameter->differentiable)
        return std::nullopt;
    return Edge{entry, *input};
}

Replay::Interval Replay::passAt(std::size_t position) const
{
    if (m_passes.empty())
        return {0, 0, 0};
    const std::size_t event = std::max<std::size_t>(position, 1) - 1;
    return *std::ranges::lower_bound(m_passes, event + 1, {}, &Interval::end);
}

std::optional<Target> Replay::link(std::size_t event) const
{
    const auto& from = m_run->events[event].from;
    if (!from || m_nodes[*from] == NodeId())
        return std::nullopt;
    const NodeId node = m_nodes[*from];
    return targetOf(node, m_run->evaluation.graph().at(node), m_run->events[event].input);
}

std::optional<OutputId> Replay::receiver(std::size_t event) const
{
    const Evaluation& evaluation = m_run->evaluation;
    const BackwardEvent& what = m_run->events[event];
    if (!what.from) {
        const Interval pass = passAt(event + 1);
        return m_run->steps[pass.step].roots[event - pass.first];
    }
    if (const auto target = link(event))
        if (const Source* const source = sourceOf(evaluation.graph().at(target->node), *target))
            if (const auto output = evaluation.resolve(*source))
                return *output;
    return evaluation.owner(what.to);
}

std::span<const std::uint32_t> Replay::arrivals(OutputId output) const
{
    const Value* const value = find(output);
    if (!value || !value->requiresGrad())
        return {};
    return m_arrivals[m_run->evaluation.tape().slot(value->place())];
}

std::span<const std::uint32_t> Replay::returns(const Target& target) const
{
    if (isHandedOn(target))
        return m_handedOn.at(target.node);
    const auto found = edge(target);
    return found ? m_returns[m_firstEdges[found->entry] + found->input] : std::span<const std::uint32_t>();
}

Moment::Moment(std::shared_ptr<const Replay> replay) : Moment(replay, replay->length()) {}

Moment::Moment(std::shared_ptr<const Replay> replay, std::size_t position)
    : m_replay(std::move(replay)), m_evaluated(m_replay->forwardLength()),
      m_position(std::min(position, m_replay->length()))
{
    const auto pass = m_replay->passAt(m_position);
    m_first = pass.first;
    m_end = pass.end;
}

std::ptrdiff_t Moment::step() const
{
    if (isEmpty())
        return 0;
    return std::ptrdiff_t(m_position) + std::ptrdiff_t(m_evaluated) - std::ptrdiff_t(m_replay->forwardLength());
}

Moment Moment::atStep(std::ptrdiff_t step) const
{
    if (isEmpty() || step >= 0)
        return isEmpty() ? Moment() : at(std::size_t(step));
    Moment moment = at(0);
    moment.m_evaluated -= std::min(std::size_t(-step), moment.m_evaluated);
    return moment;
}

std::optional<NodeId> Moment::computing() const
{
    return isForward() && m_evaluated > 0 ? std::optional(m_replay->computedAt(step())) : std::nullopt;
}

bool Moment::isComputed(NodeId node) const
{
    if (!m_replay)
        return false;
    const auto index = evaluation().graph().indexOf(node);
    return index && m_replay->m_ranks[*index] < m_evaluated;
}

const NodeResult* Moment::result(NodeId node) const
{
    return isComputed(node) ? &evaluation()[node] : nullptr;
}

const BackwardEvent* Moment::active() const
{
    return isAtEnd() || m_position == 0 ? nullptr : &run().events[m_position - 1];
}

std::optional<Target> Moment::activeLink() const
{
    return active() ? m_replay->link(m_position - 1) : std::nullopt;
}

std::optional<OutputId> Moment::activeOutput() const
{
    return active() ? m_replay->receiver(m_position - 1) : std::nullopt;
}

std::span<const std::uint32_t> Moment::happened(std::span<const std::uint32_t> events) const
{
    const auto begin = std::ranges::lower_bound(events, m_first);
    return {begin, std::ranges::lower_bound(begin, events.end(), std::min(m_position, m_end))};
}

std::optional<Tensor> Moment::flowing(OutputId output) const
{
    if (isEmpty())
        return std::nullopt;
    const auto events = happened(m_replay->arrivals(output));
    return events.empty() ? std::nullopt : std::optional(run().events[events.back()].sum);
}

std::pair<int, int> Moment::contributions(OutputId output) const
{
    if (!isComputed(output.node))
        return {0, 0};
    const auto events = m_replay->arrivals(output);
    const auto all = std::ranges::lower_bound(events, m_end) - std::ranges::lower_bound(events, m_first);
    return {int(happened(events).size()), int(all)};
}

GradState Moment::stored(OutputId output) const
{
    using enum GradState::Kind;
    const Value* const value = isComputed(output.node) ? m_replay->find(output) : nullptr;
    if (!value || !value->requiresGrad())
        return {};
    const auto changes = m_replay->m_changesOf[evaluation().tape().slot(value->place())];
    const auto positionOf = [&](std::uint32_t change) { return m_replay->m_changes[change].position; };
    const auto gradAfter = [&](auto change) -> const GradChange& { return *m_replay->m_changes[*change].what; };
    const auto later = std::ranges::upper_bound(changes, m_position, {}, positionOf);
    if (later != changes.begin() && !gradAfter(later - 1).grad.isNone()) {
        const GradChange& last = gradAfter(later - 1);
        return {last.passes == 0 ? Zeros : last.passes == 1 ? Fresh : Accumulated, last.grad, last.passes};
    }
    for (auto change = later; change != changes.end(); ++change)
        if (const bool isLast = change + 1 == changes.end() || positionOf(change[1]) != positionOf(*change);
            isLast && !gradAfter(change).grad.isNone())
            return {NotYet};
    const auto owner = evaluation().owner(value->place());
    const bool isKept = evaluation().isLeaf(*value) || (owner && evaluation().graph().at(owner->node).retainGrad);
    return {isKept ? IsNone : NotRetained};
}

std::span<const std::uint32_t> Moment::arrived(Place place) const
{
    return isEmpty() ? std::span<const std::uint32_t>() : happened(m_replay->arrivals(place));
}

std::span<const std::uint32_t> Moment::returned(const Target& target) const
{
    return isEmpty() ? std::span<const std::uint32_t>() : happened(m_replay->returns(target));
}

LinkState Moment::link(const Target& target) const
{
    if (isEmpty())
        return LinkState::NoGradient;
    if (!isComputed(target.node))
        return evaluation().graph().contains(target.node) ? LinkState::NotYet : LinkState::NoGradient;
    if (!m_replay->isHandedOn(target) && !m_replay->edge(target))
        return m_replay->carriesGradient(target) ? LinkState::Detached : LinkState::NoGradient;
    const auto events = happened(m_replay->returns(target));
    if (events.empty())
        return LinkState::Carries;
    return active() && events.back() + std::size_t(1) == m_position ? LinkState::Flowing : LinkState::Carried;
}

}  // namespace chainrule
