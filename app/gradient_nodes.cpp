// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gradient_nodes.h"

#include "engine/graph/free_name.h"
#include "engine/ops/source.h"
#include "widgets/canvas/selection_edits.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal gap = 64;  // Between a new node and what it is the gradient of.
constexpr qreal rowGap = 32;

/// The operation whose value is a gradient.
const Op& gradientOp()
{
    return *std::ranges::find_if(allOps(), &Op::walksBack);
}

/// By entry: whether a gradient that starts at `root` comes by.
std::vector<bool> reachedFrom(const Tape& tape, Place root)
{
    std::vector<bool> isReached(root.entry + 1, false);
    isReached[root.entry] = true;
    for (std::size_t entry = root.entry + 1; entry-- > 0;)
        for (std::size_t i = 0; isReached[entry] && i < tape.inputCount(entry); ++i)
            if (const Place* const source = tape.source(entry, i);
                source && !tape.isSevered(source->entry) && parameterOf(*tape.op(entry), i).parameter->differentiable)
                isReached[source->entry] = true;
    return isReached;
}

/// The first output that requires grad.
std::optional<OutputId> trained(const Evaluation& evaluation, NodeId node)
{
    const auto& outputs = evaluation[node].outputs;
    const auto found = std::ranges::find_if(outputs, &Value::requiresGrad);
    return found == outputs.end() ? std::nullopt
                                  : std::optional(OutputId{node, std::uint32_t(found - outputs.begin())});
}

Source sourceOf(const Evaluation& evaluation, OutputId output)
{
    return {output.node, evaluation.hasNamedOutputs(output.node) ? evaluation.outputName(output) : std::string()};
}

Input linkFrom(const Evaluation& evaluation, OutputId output)
{
    return {sourceOf(evaluation, output)};
}

/// Ones in the shape of the root: where a gradient starts whose root is no scalar.
Node onesLike(const Tensor& tensor)
{
    Node node{.name = {}, .op = std::string(onesOp().name)};
    node.setAttribute("size", IntList(tensor.shape().begin(), tensor.shape().end()));
    if (tensor.dtype() != DType::Float32)
        node.setAttribute("dtype", std::string(name(tensor.dtype())));
    return node;
}

}  // namespace

std::optional<WantedGradients> gradientsWanted(const Evaluation& evaluation, std::span<const NodeId> selection)
{
    std::vector<OutputId> outputs;
    for (const NodeId node : selection)
        if (const auto output = trained(evaluation, node))
            outputs.push_back(*output);
    if (outputs.empty())
        return std::nullopt;
    const auto entryOf = [&](OutputId output) { return evaluation.value(output).place().entry; };
    const auto last = std::ranges::max_element(outputs, {}, [&](OutputId output) {
        return std::pair(!evaluation.isLeaf(evaluation.value(output)), entryOf(output));
    });
    WantedGradients wanted{*last};
    const Value& root = evaluation.value(wanted.root);
    const std::vector<bool> isReached = reachedFrom(evaluation.tape(), root.place());
    const bool isAlone = outputs.size() == 1;
    if (isAlone)
        for (const NodeId node : evaluation.order())
            if (const auto output = trained(evaluation, node); output && evaluation.isLeaf(evaluation.value(*output)))
                outputs.push_back(*output);
    for (const OutputId output : outputs)
        if (entryOf(output) < root.place().entry && isReached[entryOf(output)]
            && evaluation.owner(evaluation.value(output).place()) == output)  // What is handed on has one gradient.
            wanted.inputs.push_back(output);
    for (const NodeId node : selection)
        if (const auto& values = evaluation[node].outputs;
            root.tensor().size() != 1 && !values.empty() && !values.front().requiresGrad()
            && values.front().tensor().shape() == root.tensor().shape())
            wanted.seed = OutputId{node, 0};
    return wanted;
}

GradientNodes::GradientNodes(const Parts& parts, Commands& commands, QObject* parent) : QObject(parent), m_parts(parts)
{
    commands.on(CommandId::InsertGradient, [this] { insert(); });
}

void GradientNodes::insert()
{
    const Graph& graph = m_parts.document.diagram().graph;
    const auto& selection = m_parts.view.selection();
    if (selection.empty())
        return;
    const QString name = QString::fromStdString(graph.at(m_parts.view.current()).name);
    const Moment& moment = m_parts.playback.moment();
    if (moment.isEmpty() || !m_parts.live.isFresh())
        return Q_EMIT hinted(tr("%1 has not been computed yet.").arg(name));
    const auto wanted = gradientsWanted(moment.evaluation(), selection);
    if (!wanted)
        return Q_EMIT hinted(tr("%1 does not require grad, so it has no gradient.").arg(name));
    if (wanted->inputs.empty())
        return Q_EMIT hinted(moment.evaluation().isLeaf(moment.evaluation().value(wanted->root))
                                 ? tr("%1 is a leaf. Select what is computed from it.").arg(name)
                                 : tr("%1 does not depend on the others that are selected.")
                                       .arg(QString::fromStdString(graph.at(wanted->root.node).name)));
    insert(*wanted);
}

void GradientNodes::insert(const WantedGradients& wanted)
{
    const Moment moment = m_parts.playback.moment();
    const Evaluation& evaluation = moment.evaluation();
    const Diagram& diagram = m_parts.document.diagram();
    const Tensor& tensor = evaluation.value(wanted.root).tensor();
    const QRectF box = m_parts.view.scene().box(wanted.root.node);
    const std::string root = diagram.graph.at(wanted.root.node).name;
    FreeNames names(diagram);
    NodeId next = diagram.graph.nextId();
    Several edit{(wanted.inputs.size() == 1 ? tr("Insert Gradient Node") : tr("Insert Gradient Nodes")).toStdString(), {}};

    QPointF place(box.right() + gap, box.top());
    const auto add = [&](Node node, const std::string& wish) {
        node.name = names.takeLike(wish);
        place = freePlace(m_parts.view.scene(), place, box.size());
        edit.edits.push_back(AddNode{next, std::move(node), Point{place.x(), place.y()}});
        place.ry() += box.height() + rowGap;
        return NodeId{next.value++};
    };
    Input seed;
    if (wanted.seed)
        seed = linkFrom(evaluation, *wanted.seed);
    else if (tensor.size() != 1)
        seed = {Source{add(onesLike(tensor), root + "_ones")}};
    if (!seed.isOpen() && !wanted.seed)
        place = {box.right() + 2 * gap + box.width(), box.top()};
    std::vector<NodeId> added;
    for (const OutputId input : wanted.inputs) {
        Node node{.name = {}, .op = std::string(gradientOp().name)};
        node.inputs = {linkFrom(evaluation, wanted.root), linkFrom(evaluation, input), seed};
        dropOpenEnd(node.inputs);
        added.push_back(add(std::move(node), "d" + root + "_d" + diagram.graph.at(input.node).name));
    }
    m_parts.document.apply(edit);
    m_parts.view.select(added);
    for (const NodeId node : {added.back(), added.front()})
        m_parts.view.reveal(node);
    if (tensor.size() != 1 && !wanted.seed)
        Q_EMIT hinted(tr("%1 has %2 elements: the gradient is that of their sum. Wire another grad_outputs for other weights.")
                          .arg(QString::fromStdString(root))
                          .arg(tensor.size()));
}

}  // namespace chainrule
