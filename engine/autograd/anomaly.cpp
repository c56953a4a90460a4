// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/anomaly.h"

#include "engine/autograd/anomaly_cause.h"
#include "engine/base/number_text.h"
#include "engine/base/stop.h"
#include "engine/tensor/statistics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace chainrule {
namespace {

/// What is wrong with a tensor, from nothing to the worst.
enum class State { Finite, Infinite, NaN };

State stateOf(const Tensor& tensor)
{
    if (!isFloatingOperand(tensor))
        return State::Finite;
    const Statistics found = statistics(tensor);
    return found.nans > 0 ? State::NaN : found.infinities > 0 ? State::Infinite : State::Finite;
}

State stateOf(const Upstream& upstream)
{
    State worst = State::Finite;
    for (const auto& dy : upstream)
        worst = std::max(worst, dy ? stateOf(*dy) : State::Finite);
    return worst;
}

/// Whether what counts as wrong first appears here: `least` and worse count.
bool appears(State before, State after, State least) { return before < least && after >= least; }

std::string indexText(std::int64_t cell, const Shape& shape)
{
    std::string text;
    for (std::size_t dim = shape.size(); dim-- > 0;) {
        text = std::to_string(cell % shape[dim]) + (text.empty() ? "" : ", ") + text;
        cell /= shape[dim];
    }
    return "[" + text + "]";
}

std::string_view largest(DType dtype)
{
    switch (dtype) {
    case DType::Float16: return "float16, 65504";
    case DType::BFloat16: return "bfloat16, 3.39e+38";
    case DType::Float32: return "float32, 3.40e+38";
    default: return "float64, 1.80e+308";
    }
}

/// Says what was found, with the formula from the op's own record.
class Words {
public:
    Words(const Evaluation& evaluation, const Op* op, const CauseFound& cause)
        : m_evaluation(evaluation), m_op(op), m_cause(cause)
    {
    }

    std::string sentence(const Anomaly& anomaly) const { return what(anomaly) + " " + why(anomaly); }

private:
    std::string nameOf(const std::optional<NodeId>& node) const
    {
        return node ? m_evaluation.graph().at(*node).name : std::string("a step of a recorded rule");
    }

    std::string what(const Anomaly& anomaly) const
    {
        const std::string to = anomaly.output ? nameOf(anomaly.output->node) : nameOf(std::nullopt);
        std::string text = to + " has ";
        if (anomaly.where == Anomaly::Where::Sum)
            text = "The gradients that arrive at " + to + " add up to ";
        else if (anomaly.where == Anomaly::Where::Contribution && anomaly.node)
            text = "What " + nameOf(anomaly.node) + " sends back to " + to + " has ";
        else if (anomaly.where == Anomaly::Where::Contribution)
            text = "The gradient of " + to + " has ";
        text += anomaly.infinities == 0 ? "NaN" : anomaly.nans == 0 ? "infinity" : "NaN and infinity";
        const std::int64_t size = anomaly.tensor.size();
        if (size > 1)
            text += " in " + std::to_string(anomaly.nans + anomaly.infinities) + " of " + std::to_string(size)
                    + " elements, first at " + indexText(anomaly.cells.front(), anomaly.tensor.shape());
        return text + ".";
    }

    std::string why(const Anomaly& anomaly) const
    {
        const bool isValue = anomaly.where == Anomaly::Where::Value;
        const std::string formula = m_op ? std::string(isValue ? m_op->formula : m_op->gradient) : std::string();
        const std::string rule = formula.empty() ? "." : ": " + formula;
        const std::string at = m_cause.at ? " = " + pythonFloat(*m_cause.at) : std::string();
        switch (m_cause.cause) {
        case AnomalyCause::Given: return "It is given so, and not computed.";
        case AnomalyCause::Overflow:
            return "A number is beyond the largest " + std::string(largest(anomaly.tensor.dtype())) + rule;
        case AnomalyCause::AtZero: return input() + " is 0 there" + rule;
        case AnomalyCause::AtPole: return "It is infinite at " + input() + at + rule;
        case AnomalyCause::OutsideDomain: return "There is no value at " + input() + at + rule;
        case AnomalyCause::ZeroOverZero: return "It is 0 / 0" + rule;
        case AnomalyCause::ZeroTimesInfinity: return zeroTimesInfinity(isValue, rule);
        case AnomalyCause::InfinityMinusInfinity: return "It is ∞ - ∞" + rule;
        case AnomalyCause::InfinityOverInfinity: return "It is ∞ / ∞" + rule;
        case AnomalyCause::AtInfinity: return "There is no value where " + input() + " is infinite" + rule;
        case AnomalyCause::Unknown: break;
        }
        return formula.empty() ? "No single number could be found that brings it about." : "The rule is " + formula;
    }

    std::string zeroTimesInfinity(bool isValue, const std::string& rule) const
    {
        if (isValue || !m_cause.input)
            return "It is 0 · ∞" + rule;
        return "It is 0 · ∞: the upstream gradient is 0, and the derivative is infinite because " + input()
               + " is 0" + rule + ". To mask the result makes the 0; mask the input before instead.";
    }

    std::string input() const
    {
        if (!m_op || !m_cause.input)
            return "an input";
        const InputPlace place = parameterOf(*m_op, *m_cause.input);
        if (!place.parameter)
            return "an input";
        const std::string item = place.item ? "[" + std::to_string(*place.item) + "]" : std::string();
        return std::string(place.parameter->name) + item;
    }

    const Evaluation& m_evaluation;
    const Op* m_op;
    const CauseFound& m_cause;
};

void findCells(Anomaly& anomaly, State least)
{
    constexpr std::size_t most = 8;
    const Statistics found = statistics(anomaly.tensor);
    anomaly.nans = found.nans;
    anomaly.infinities = least == State::NaN ? 0 : found.infinities;
    for (std::int64_t i = 0; i < anomaly.tensor.size() && anomaly.cells.size() < most; ++i) {
        const double x = as<double>(anomaly.tensor.at(i));
        if (std::isnan(x) || (least == State::Infinite && std::isinf(x)))
            anomaly.cells.push_back(i);
    }
}

class Tracer {
public:
    explicit Tracer(const Moment& moment) : m_moment(moment), m_evaluation(moment.evaluation()) {}

    AnomalyTrace trace()
    {
        AnomalyTrace found;
        traceForward(found);
        traceBackward(found);
        return found;
    }

private:
    State stateOfInputs(NodeId id) const
    {
        State worst = State::Finite;
        forEachSource(m_evaluation.graph().at(id), [&](const Source& source) {
            if (const auto output = m_evaluation.resolve(source))
                if (const auto known = m_states.find(output->node); known != m_states.end())
                    worst = std::max(worst, known->second[output->index]);
        });
        return worst;
    }

    void traceForward(AnomalyTrace& found)
    {
        for (const NodeId id : m_evaluation.order()) {
            lookWhetherToStop();
            const auto& outputs = m_evaluation[id].outputs;
            std::vector<State> states;
            for (const Value& output : outputs)
                states.push_back(stateOf(output.tensor()));
            const bool isClean = std::ranges::all_of(states, [](State state) { return state == State::Finite; });
            if (!isClean) {
                const State before = stateOfInputs(id);
                for (std::uint32_t k = 0; k < states.size(); ++k) {
                    if (!found.forward && appears(before, states[k], State::Infinite))
                        found.forward = ofValue({id, k}, State::Infinite);
                    if (!found.forwardNan && appears(before, states[k], State::NaN))
                        found.forwardNan = ofValue({id, k}, State::NaN);
                }
                m_states.emplace(id, std::move(states));  // Others are finite.
            }
            if (found.forwardNan && found.forward)
                return;
        }
    }

    Anomaly ofValue(OutputId output, State least) const
    {
        Anomaly anomaly{.where = Anomaly::Where::Value, .node = output.node, .output = output,
                        .tensor = m_evaluation.value(output).tensor()};
        findCells(anomaly, least);
        const Op* const op = findOp(m_evaluation.graph().at(output.node).op);
        CauseFound cause;
        if (const auto use = useOf(m_evaluation, output.node))
            cause = causeOfValue(*use, output.index, anomaly.cells.front());
        else if (op && op->readsFile)
            cause.cause = AnomalyCause::Given;
        return explained(std::move(anomaly), op, cause);
    }

    Anomaly explained(Anomaly anomaly, const Op* op, const CauseFound& cause) const
    {
        anomaly.cause = cause.cause;
        anomaly.input = cause.input;
        anomaly.sentence = Words(m_evaluation, op, cause).sentence(anomaly);
        return anomaly;
    }

    void traceBackward(AnomalyTrace& found)
    {
        const auto& events = m_moment.run().events;
        for (std::size_t i = 0; i < m_moment.position() && !(found.backward && found.backwardNan); ++i) {
            lookWhetherToStop();
            const BackwardEvent& event = events[i];
            if (event.pass != m_pass) {
                m_sums.clear();
                m_pass = event.pass;
            }
            const State sent = stateOf(event.contribution);
            const State sum = event.sum.id() == event.contribution.id() ? sent : stateOf(event.sum);
            State& known = m_sums[m_evaluation.tape().slot(event.to)];
            const State before = std::exchange(known, sum);
            if (sent != State::Finite || sum != State::Finite)
                look(found, i, sent, before, sum);
        }
    }

    void look(AnomalyTrace& found, std::size_t event, State sent, State before, State sum) const
    {
        const State upstream = stateOf(m_moment.run().events[event].upstream);
        const auto take = [&](std::optional<Anomaly>& first, State least) {
            if (first)
                return;
            if (appears(upstream, sent, least))
                first = ofContribution(event, least);
            else if (appears(std::max(before, sent), sum, least))
                first = ofSum(event, least);
        };
        take(found.backward, State::Infinite);
        take(found.backwardNan, State::NaN);
    }

    Anomaly at(std::size_t event, Anomaly::Where where, const Tensor& tensor, State least) const
    {
        Anomaly anomaly{.where = where, .output = m_moment.replay().receiver(event), .event = event,
                        .tensor = tensor};
        if (const auto link = m_moment.replay().link(event))
            anomaly.node = link->node;
        findCells(anomaly, least);
        return anomaly;
    }

    Anomaly ofContribution(std::size_t index, State least) const
    {
        const BackwardEvent& event = m_moment.run().events[index];
        Anomaly anomaly = at(index, Anomaly::Where::Contribution, event.contribution, least);
        if (!event.from)
            return explained(std::move(anomaly), nullptr, {AnomalyCause::Given});
        const OperationUse use = useOf(m_evaluation.tape(), *event.from);
        const CauseFound cause = causeOfContribution(use, event.upstream, event.input, anomaly.cells.front());
        return explained(std::move(anomaly), use.op, cause);
    }

    Anomaly ofSum(std::size_t index, State least) const
    {
        const Tensor& sum = m_moment.run().events[index].sum;
        Anomaly anomaly = at(index, Anomaly::Where::Sum, sum, least);
        const bool isDifference = std::isnan(as<double>(sum.at(anomaly.cells.front())));
        anomaly.node.reset();
        return explained(std::move(anomaly), nullptr,
                         {isDifference ? AnomalyCause::InfinityMinusInfinity : AnomalyCause::Overflow});
    }

    const Moment& m_moment;
    const Evaluation& m_evaluation;
    std::unordered_map<NodeId, std::vector<State>> m_states;  // By node, those that are not all finite.
    std::unordered_map<std::size_t, State> m_sums;            // Of this pass, by slot of the tape.
    int m_pass = 0;
};

}  // namespace

Result<AnomalyTrace> traceAnomalies(const Moment& moment, std::stop_token stop)
{
    if (moment.isEmpty())
        return AnomalyTrace();
    try {
        const StopScope scope(stop);
        lookWhetherToStop();
        return Tracer(moment).trace();
    } catch (const Stopped&) {
        return cancelled();
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    }
}

}  // namespace chainrule
