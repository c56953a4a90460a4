// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/safe_selection.h"

#include "engine/ops/source.h"

#include <QCoreApplication>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace chainrule {
namespace {

constexpr std::size_t mostFollowed = 64;  // Nodes from the one at fault on: a mask stands near.
constexpr double harmless = 1;            // Where logarithms, roots and quotients have a value and a slope.

/// A node that takes elements of one input where a bool one says so, and what of it is masked.
struct Selection {
    NodeId node;
    std::uint32_t mask;    // Parameters,
    std::uint32_t branch;  // as Target counts them.
};

const Tensor* tensorAt(const Evaluation& evaluation, const Node& node, std::uint32_t parameter)
{
    const Source* const source = parameter < node.inputs.size() ? node.inputs[parameter].single() : nullptr;
    const auto output = source ? evaluation.resolve(*source) : Result<OutputId>(OutputId{});
    return source && output ? &evaluation.value(*output).tensor() : nullptr;
}

/// Which input of the node holds a mask that itself takes no gradient.
std::optional<std::uint32_t> maskOf(const Evaluation& evaluation, NodeId id)
{
    const Node& node = evaluation.graph().at(id);
    const Op* const op = findOp(node.op);
    if (!op || evaluation[id].error || op->tensorParameterCount() < 2)
        return std::nullopt;
    for (std::uint32_t i = 0; i < op->tensorParameterCount(); ++i) {
        const Tensor* const tensor = tensorAt(evaluation, node, i);
        if (tensor && tensor->dtype() == DType::Bool && !op->tensorParameter(i)->differentiable)
            return i;
    }
    return std::nullopt;
}

/// The selections that what the node computes goes into.
std::vector<Selection> selectionsAfter(const Evaluation& evaluation, NodeId start)
{
    const Graph& graph = evaluation.graph();
    std::vector<Selection> found;
    std::set<NodeId> followed{start};
    for (const NodeId id : evaluation.order()) {
        if (followed.size() > mostFollowed)
            break;
        const Node& node = graph.at(id);
        const auto mask = maskOf(evaluation, id);
        for (std::uint32_t i = 0; i < node.inputs.size(); ++i) {
            const Source* const source = node.inputs[i].single();
            if (!source || !followed.contains(source->node) || id == start)
                continue;
            if (mask && *mask != i)
                found.push_back({id, *mask, i});
            else
                followed.insert(id);
        }
    }
    return found;
}

/// Which link became the input of the call that brought the anomaly about.
std::optional<Target> inputAtFault(const Graph& graph, const Anomaly& anomaly)
{
    const Op* const op = findOp(graph.at(*anomaly.node).op);
    if (!op)
        return std::nullopt;
    const InputPlace place = parameterOf(*op, anomaly.input.value_or(0));
    for (std::uint32_t i = 0; place.parameter && !place.item && i < op->tensorParameterCount(); ++i)
        if (op->tensorParameter(i) == place.parameter && i < graph.at(*anomaly.node).inputs.size()
            && graph.at(*anomaly.node).inputs[i].single())
            return Target{*anomaly.node, i};
    return std::nullopt;
}

/// The same selection for the input instead of the result, with something harmless where nothing is selected.
Edit rewritten(const Diagram& diagram, const Selection& selection, const Target& input)
{
    const Node& model = diagram.graph.at(selection.node);
    const NodeId constant = diagram.graph.nextId();
    const NodeId safe{constant.value + 1};
    Node one{.name = freeName(diagram, "one"), .op = std::string(literalOp().name)};
    one.setAttribute("value", std::string("1."));
    Node node{.name = freeName(diagram, "safe_" + diagram.graph.at(input.node).name), .op = model.op,
              .inputs = model.inputs, .attributes = model.attributes};
    for (auto& [name, value] : node.attributes)
        if (std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value))
            value = harmless;  // What a fill puts where nothing is selected.
    bool usesConstant = false;
    for (std::uint32_t i = 0; i < node.inputs.size(); ++i)
        if (i == selection.branch) {
            node.inputs[i] = diagram.graph.at(input.node).inputs[input.parameter];
        } else if (i != selection.mask && !node.inputs[i].isOpen()) {
            node.inputs[i] = Input{Source{constant}};
            usesConstant = true;
        }
    const auto at = diagram.layout.positions.find(input.node);
    const auto beside = [&](double x, double y) {
        return at ? std::optional(Point{at->x + x, at->y + y}) : std::nullopt;
    };
    Several edit{QCoreApplication::translate("SafeSelection", "Mask the Input").toStdString(), {}};
    if (usesConstant)
        edit.edits.push_back(AddNode{constant, std::move(one), beside(-260, 320)});
    const NodeId id = usesConstant ? safe : constant;
    edit.edits.push_back(AddNode{id, std::move(node), beside(0, 180)});
    edit.edits.push_back(Connect{{id}, input});
    return edit;
}

/// Runs the graph with the files as they were read.
Result<Run> runAgain(const Graph& graph, const Evaluation& before, const std::stop_token& stop)
{
    const auto readFile = [&](const std::string& path) -> Result<Tensor> {
        for (const NodeId id : before.order()) {
            const Node& node = before.graph().at(id);
            const auto found = node.attributes.find("file");
            if (found != node.attributes.end() && found->second == Attribute(path) && !before[id].error)
                return before[id].outputs[0].tensor();
        }
        return Error{Error::Kind::RuntimeError, "not read before"};
    };
    return run(graph, {.readFile = readFile, .stop = stop});
}

bool isSame(const Anomaly& anomaly, const std::optional<Anomaly>& other)
{
    return other && other->node == anomaly.node;
}

/// NaN is itself, and 0 is not -0.
bool hasSameBits(const Tensor& a, const Tensor& b)
{
    if (a.dtype() != b.dtype() || a.shape() != b.shape())
        return false;
    for (std::int64_t i = 0; i < a.size(); ++i)
        if (std::bit_cast<std::uint64_t>(as<double>(a.at(i))) != std::bit_cast<std::uint64_t>(as<double>(b.at(i))))
            return false;
    return true;
}

/// Whether the anomaly is gone, and the selection gives the very same.
bool isCured(const Anomaly& anomaly, const Moment& before, const Moment& after, const Selection& selection)
{
    const auto& old = before.evaluation()[selection.node].outputs;
    const NodeResult& now = after.evaluation()[selection.node];
    if (now.error || after.run().error())
        return false;
    for (std::size_t k = 0; k < old.size(); ++k)
        if (!hasSameBits(old[k].tensor(), now.outputs[k].tensor()))
            return false;
    const auto trace = traceAnomalies(after);
    if (!trace)
        return false;
    if (anomaly.where == Anomaly::Where::Value)
        return !isSame(anomaly, trace->forward) && !isSame(anomaly, trace->forwardNan);
    return !isSame(anomaly, trace->backward) && !isSame(anomaly, trace->backwardNan);
}

}  // namespace

std::optional<Edit> safeSelection(const Diagram& diagram, const Moment& moment, const Anomaly& anomaly,
                                  std::stop_token stop)
{
    if (!anomaly.node || !diagram.graph.contains(*anomaly.node) || anomaly.where == Anomaly::Where::Sum)
        return std::nullopt;
    const auto input = inputAtFault(diagram.graph, anomaly);
    if (!input)
        return std::nullopt;
    for (const Selection& selection : selectionsAfter(moment.evaluation(), *anomaly.node)) {
        Edit edit = rewritten(diagram, selection, *input);
        const auto mended = apply(diagram, edit);
        auto run = mended ? runAgain(mended->graph, moment.evaluation(), stop) : Result<Run>(mended.error());
        if (stop.stop_requested())
            return std::nullopt;
        if (run && isCured(anomaly, moment,
                           Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(run)))), selection))
            return edit;
    }
    return std::nullopt;
}

}  // namespace chainrule
