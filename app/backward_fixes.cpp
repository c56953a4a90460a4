// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/backward_fixes.h"

#include "engine/ops/source.h"

#include <QCoreApplication>

#include <algorithm>
#include <unordered_set>

namespace chainrule {
namespace {

std::string title(const char* text)
{
    return QCoreApplication::translate("BackwardFixes", text).toStdString();
}

const Pass& passOf(const Graph& graph, const BackwardTrouble& trouble)
{
    return std::get<Pass>(graph.backward[trouble.step]);
}

const Value* rootValue(const Evaluation& evaluation, const Source& root)
{
    const auto output = evaluation.resolve(root);
    return output ? &evaluation.value(*output) : nullptr;
}

const Tensor& rootTensor(const Run& run, const BackwardTrouble& trouble)
{
    return rootValue(run.evaluation, passOf(run.evaluation.graph(), trouble).roots[trouble.root])->tensor();
}

/// Whether backward can start at the root with the seed; absent: without one.
bool isSeeded(const Evaluation& evaluation, const Value& root, const std::optional<Source>& seed)
{
    const Value* const gradient = seed ? rootValue(evaluation, *seed) : nullptr;
    return gradient ? gradient->tensor().shape() == root.tensor().shape() : root.tensor().size() == 1;
}

/// Which of the pass's roots the mistake is about: the first one that makes it.
std::size_t rootAtFault(const Evaluation& evaluation, const Pass& pass)
{
    for (std::size_t i = 0; i < pass.roots.size(); ++i) {
        const Value* const value = rootValue(evaluation, pass.roots[i]);
        if (!value)
            return i;
        const std::optional<Source> seed = i < pass.gradients.size() ? pass.gradients[i] : std::nullopt;
        if (!value->requiresGrad() || !isSeeded(evaluation, *value, seed))
            return i;
    }
    return 0;
}

/// The node and all that it is computed from.
std::unordered_set<NodeId> ancestors(const Graph& graph, const std::vector<Source>& roots)
{
    std::unordered_set<NodeId> seen;
    std::vector<NodeId> open;
    for (const Source& root : roots)
        open.push_back(root.node);
    while (!open.empty()) {
        const NodeId node = open.back();
        open.pop_back();
        if (seen.insert(node).second)
            forEachSource(graph.at(node), [&](const Source& source) { open.push_back(source.node); });
    }
    return seen;
}

bool hasRequiresGrad(const Op& op)
{
    return std::ranges::any_of(op.parameters, [](const Parameter& p) { return p.name == "requires_grad"; });
}

std::optional<Point> besides(const Diagram& diagram, NodeId node)
{
    const auto at = diagram.layout.positions.find(node);
    return at ? std::optional(Point{at->x, at->y + 180}) : std::nullopt;
}

std::vector<BackwardStep> stepsSeededWith(const Graph& graph, const BackwardTrouble& trouble, const Source& seed)
{
    std::vector<BackwardStep> steps = graph.backward;
    Pass& pass = std::get<Pass>(steps[trouble.step]);
    pass.gradients.resize(pass.roots.size());
    pass.gradients[trouble.root] = seed;
    return steps;
}

/// Adds a node and starts the pass with what it computes.
Edit seededWithNew(const Diagram& diagram, const BackwardTrouble& trouble, Node node, std::string editTitle)
{
    const NodeId id = diagram.graph.nextId();
    node.name = freeName(diagram, diagram.graph.at(trouble.node).name + "_grad");
    return Several{std::move(editTitle),
                   {AddNode{id, std::move(node), besides(diagram, trouble.node)},
                    SetBackward{stepsSeededWith(diagram.graph, trouble, {id})}}};
}

/// "[[0., 1.], [0., 0.]]".
std::string oneHotLiteral(const Shape& shape, std::int64_t size, std::int64_t element)
{
    std::string text;
    for (std::int64_t i = 0; i < size; ++i) {
        std::size_t closing = 0;  // How many dimensions begin, and so ended before, at this element.
        for (std::int64_t block = 1; closing < shape.size(); ++closing) {
            block *= shape[shape.size() - 1 - closing];
            if (i % block != 0)
                break;
        }
        if (i > 0)
            text += std::string(closing, ']') + ", ";
        text += std::string(i > 0 ? closing : shape.size(), '[') + (i == element ? "1." : "0.");
    }
    return text + std::string(shape.size(), ']');
}

}  // namespace

bool BackwardTrouble::isMendedBy(Remedy remedy) const
{
    return mistake && std::ranges::find(mistake->remedies, remedy) != mistake->remedies.end();
}

std::optional<BackwardTrouble> troubleOf(const Run& run)
{
    const Error* const error = run.error();
    const Graph& graph = run.evaluation.graph();
    if (!error || run.steps.empty() || run.steps.size() > graph.backward.size())
        return std::nullopt;
    const std::size_t step = run.steps.size() - 1;
    const Pass* const pass = std::get_if<Pass>(&graph.backward[step]);
    if (!pass || pass->roots.empty())
        return std::nullopt;
    const std::size_t root = rootAtFault(run.evaluation, *pass);
    return BackwardTrouble{step, root, pass->roots[root].node, *error, mistakeBehind(*error)};
}

Edit seededWithOnes(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble)
{
    const Tensor& tensor = rootTensor(run, trouble);
    Node node{.name = {}, .op = std::string(onesOp().name)};
    node.setAttribute("size", IntList(tensor.shape().begin(), tensor.shape().end()));
    if (tensor.dtype() != DType::Float32)
        node.setAttribute("dtype", std::string(name(tensor.dtype())));
    return seededWithNew(diagram, trouble, std::move(node),
                         title(QT_TRANSLATE_NOOP("BackwardFixes", "Start Backward with Ones")));
}

Edit seededWithOneHot(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble, std::int64_t element)
{
    const Tensor& tensor = rootTensor(run, trouble);
    Node node{.name = {}, .op = std::string(literalOp().name)};
    node.setAttribute("value", oneHotLiteral(tensor.shape(), tensor.size(), element));
    if (tensor.dtype() != DType::Float32)
        node.setAttribute("dtype", std::string(name(tensor.dtype())));
    return seededWithNew(diagram, trouble, std::move(node),
                         title(QT_TRANSLATE_NOOP("BackwardFixes", "Start Backward with One Element")));
}

Edit seededWith(const Diagram& diagram, const BackwardTrouble& trouble, const Source& seed)
{
    return Several{title(QT_TRANSLATE_NOOP("BackwardFixes", "Start Backward with a Node")),
                   {SetBackward{stepsSeededWith(diagram.graph, trouble, seed)}}};
}

std::vector<Source> possibleSeeds(const Run& run, const BackwardTrouble& trouble)
{
    const Evaluation& evaluation = run.evaluation;
    const Shape& shape = rootShape(run, trouble);
    std::vector<Source> seeds;
    for (const NodeId id : evaluation.graph().ids()) {
        const auto& outputs = evaluation[id].outputs;
        for (std::uint32_t k = 0; id != trouble.node && k < outputs.size(); ++k) {
            const Tensor& tensor = outputs[k].tensor();
            if (tensor.isNumber() || !isFloating(tensor.dtype()) || tensor.shape() != shape)
                continue;
            seeds.push_back({id, evaluation.hasNamedOutputs(id) ? evaluation.outputName({id, k}) : std::string()});
        }
    }
    return seeds;
}

Edit withGraphRetained(const Diagram& diagram, const BackwardTrouble& trouble)
{
    const auto needed = ancestors(diagram.graph, passOf(diagram.graph, trouble).roots);
    std::vector<BackwardStep> steps = diagram.graph.backward;
    for (std::size_t i = 0; i < trouble.step; ++i) {
        Pass* const pass = std::get_if<Pass>(&steps[i]);
        if (pass && std::ranges::any_of(ancestors(diagram.graph, pass->roots),
                                        [&](NodeId node) { return needed.contains(node); }))
            pass->retainGraph = true;
    }
    return Several{title(QT_TRANSLATE_NOOP("BackwardFixes", "Retain Graph")), {SetBackward{std::move(steps)}}};
}

Edit startedOver(const Diagram& diagram, const BackwardTrouble& trouble)
{
    return Several{title(QT_TRANSLATE_NOOP("BackwardFixes", "Start Backward Over")),
                   {SetBackward{{diagram.graph.backward[trouble.step]}}}};
}

std::vector<Source> possibleRoots(const Run& run, const BackwardTrouble& trouble)
{
    std::vector<Source> roots;
    forEachSource(run.evaluation.graph().at(trouble.node), [&](const Source& source) {
        const Value* const value = rootValue(run.evaluation, source);
        if (value && value->requiresGrad() && value->tensor().size() == 1
            && std::ranges::find(roots, source) == roots.end())
            roots.push_back(source);
    });
    return roots;
}

Edit startedFrom(const Diagram& diagram, const BackwardTrouble& trouble, const Source& root)
{
    std::vector<BackwardStep> steps = diagram.graph.backward;
    std::get<Pass>(steps[trouble.step]).roots[trouble.root] = root;
    return Several{title(QT_TRANSLATE_NOOP("BackwardFixes", "Start Backward Elsewhere")), {SetBackward{std::move(steps)}}};
}

std::optional<Edit> withLeavesRequiringGrad(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble)
{
    const Graph& graph = diagram.graph;
    const auto nodes = ancestors(graph, {passOf(graph, trouble).roots[trouble.root]});
    Several edits{title(QT_TRANSLATE_NOOP("BackwardFixes", "Require Gradients")), {}};
    for (const NodeId id : graph.ids()) {
        const Op* const op = nodes.contains(id) ? findOp(graph.at(id).op) : nullptr;
        if (!op || !hasRequiresGrad(*op) || run.evaluation[id].error)
            continue;
        const Value& value = run.evaluation[id].outputs[0];
        if (isFloating(value.tensor().dtype()) && !value.requiresGrad())
            edits.edits.push_back(SetAttribute{id, "requires_grad", true});
    }
    return edits.edits.empty() ? std::nullopt : std::optional<Edit>(std::move(edits));
}

const Shape& rootShape(const Run& run, const BackwardTrouble& trouble)
{
    return rootTensor(run, trouble).shape();
}

std::int64_t rootSize(const Run& run, const BackwardTrouble& trouble)
{
    return rootTensor(run, trouble).size();
}

}  // namespace chainrule
