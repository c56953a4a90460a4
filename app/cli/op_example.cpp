// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/op_example.h"

#include "app/cli/report.h"
#include "engine/autograd/run.h"
#include "engine/codegen/torch_call.h"
#include "engine/codegen/torch_line.h"
#include "engine/io/export_files.h"
#include "engine/ops/source.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/printing.h"
#include "engine/tensor/tensor_code.h"

#include <algorithm>
#include <functional>
#include <set>

namespace chainrule::cli {
namespace {

constexpr std::int64_t mostElements = 12;  // Of all inputs together: what one takes in at a glance.
constexpr std::string_view resultName = "y";

bool isFloatingTensor(const Tensor& tensor)
{
    return !tensor.isNone() && !tensor.isNumber() && isFloating(tensor.dtype());
}

std::int64_t elements(const Sample& sample)
{
    std::int64_t count = 0;
    for (const Tensor& input : sample.inputs)
        count += input.isNone() ? 0 : input.size();
    return count;
}

/// A call of the operation as a graph.
class Example {
public:
    Example(const Op& op, const Sample& sample) : m_op(op)
    {
        Node node{.name = std::string(resultName), .op = std::string(op.name)};
        for (const auto& [name, value] : sample.attributes)
            node.setAttribute(name, value);
        std::size_t given = 0;
        for (const Parameter& parameter : op.parameters)
            if (parameter.isTensor())
                node.inputs.push_back(op.walksBack ? Input() : input(parameter, sample, given));
        if (op.walksBack)
            differentiateSquare(node);
        m_result = m_graph.add(std::move(node));
    }

    const Graph& graph() const { return m_graph; }
    NodeId result() const { return m_result; }

private:
    Input input(const Parameter& parameter, const Sample& sample, std::size_t& given)
    {
        if (parameter.kind == Parameter::Kind::TensorList) {
            SourceList items;
            for (std::size_t k = 0; given < sample.inputs.size(); ++k)
                items.push_back(source(std::string(parameter.name) + std::to_string(k), parameter, sample.inputs[given++]));
            return {std::move(items)};
        }
        const std::size_t i = given++;
        if (i >= sample.inputs.size() || sample.inputs[i].isNone())
            return {};
        return {source(std::string(parameter.name), parameter, sample.inputs[i])};
    }

    Source source(std::string name, const Parameter& parameter, const Tensor& tensor)
    {
        const bool isFloating = isFloatingTensor(tensor);
        const std::string code = torchCode(isFloating ? kernel::cast(tensor, DType::Float32) : tensor);
        Node node{.name = std::move(name), .op = std::string((tensor.isNumber() ? numberOp() : literalOp()).name)};
        if (tensor.isNumber()) {
            node.setAttribute("value", attributeOf(tensor.item()));
            return {m_graph.add(std::move(node))};
        }
        const std::size_t begin = code.find('(') + 1;
        node.setAttribute("value", code.substr(begin, std::min(code.rfind(", dtype="), code.rfind(')')) - begin));
        if (tensor.dtype() != DType::Bool && !isFloating && tensor.dtype() != DType::Int64)
            node.setAttribute("dtype", tensor.dtype());
        if (isFloating && (m_op.walksBack || (parameter.differentiable && m_op.vjp)))
            node.setAttribute("requires_grad", true);
        return {m_graph.add(std::move(node))};
    }

    /// What asks how one tensor depends on another gets two that do.
    void differentiateSquare(Node& node)
    {
        const auto product = std::ranges::find(allOps(), std::string_view("*"), &Op::symbol);
        const Input leaf{source("x", m_op.parameters.front(), Tensor::scalar(3, DType::Float32))};
        node.inputs[1] = leaf;
        Node of{.name = "square", .op = std::string(product->name)};
        of.inputs = {leaf, leaf};
        node.inputs[0] = {Source{m_graph.add(std::move(of))}};
    }

    const Op& m_op;
    Graph m_graph;
    NodeId m_result;
};

/// The first output that a pass can start from.
std::optional<OutputId> root(const Evaluation& evaluation, NodeId node)
{
    const auto& outputs = evaluation[node].outputs;
    for (std::uint32_t k = 0; k < outputs.size(); ++k)
        if (outputs[k].requiresGrad())
            return OutputId{node, k};
    return std::nullopt;
}

/// 1, 2, 3, …: so that one sees which element a gradient comes from. None for a single one, where PyTorch starts with 1.
std::optional<Tensor> upstream(const Tensor& value)
{
    if (value.size() == 1)
        return std::nullopt;
    Tensor seed = Tensor::uninitialized(value.shape(), DType::Float64);
    double* const to = seed.writable<double>();
    for (std::int64_t i = 0; i < seed.size(); ++i)
        to[i] = double(i + 1);
    return kernel::cast(seed, value.dtype());
}

std::string shown(std::string text)
{
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3)
        text.insert(at + 1, 2, ' ');
    return "  " + text + "\n";
}

std::string typed(const std::string& code)
{
    std::string lines = "  >>> ";
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool isRow = code[i] == '\n' && code[i + 1] == ' ';  // They stand below each other there.
        if (isRow || (code[i] == ' ' && lines.back() == ' '))
            continue;
        lines += code[i] == '\n' ? "\n  >>> " : std::string(1, code[i]);
    }
    return lines + "\n";
}

/// `y`, `y.values`, `y[0]`.
std::string expression(const Evaluation& evaluation, OutputId output)
{
    std::set<std::string, std::less<>> taken;
    for (const NodeId id : evaluation.graph().ids())
        taken.insert(evaluation.graph().at(id).name);
    PythonNames names(std::move(taken));
    return TorchCalls(evaluation, names, {}).reference(output);
}

std::string backwardText(Evaluation whole, OutputId from)
{
    const auto seed = upstream(whole.value(from).tensor());
    const Source root{from.node, whole.hasNamedOutputs(from.node) ? whole.outputName(from) : std::string()};
    const RunStep steps[] = {{.step = Pass{.roots = {root}}, .seeds = {seed}}};
    const auto outcome = run(std::move(whole), steps);
    if (!outcome || outcome->error())
        return {};
    const Evaluation& evaluation = outcome->evaluation;
    std::string text = typed(expression(evaluation, from) + ".backward(" + (seed ? torchCode(*seed) : "") + ")");
    for (const NodeId id : evaluation.graph().ids()) {
        const Value* const grad = evaluation.isLeaf(evaluation.value({id})) ? gradOf(*outcome, {id}) : nullptr;
        if (grad)
            text += typed(evaluation.graph().at(id).name + ".grad") + shown(valueText(evaluation, *grad));
    }
    return text;
}

/// Empty where the sample does not show much.
std::string textOf(const Op& op, const Sample& sample)
{
    const Example example(op, sample);
    auto evaluation = evaluate(example.graph(), {});
    if (!evaluation || (*evaluation)[example.result()].error)
        return {};
    std::string text;
    for (const NodeId id : example.graph().ids())
        text += typed(torchLine(*evaluation, id));
    const auto& outputs = (*evaluation)[example.result()].outputs;
    for (std::uint32_t k = 0; k < outputs.size(); ++k) {
        if (outputs[k].tensor().size() == 0)
            return {};
        const OutputId output{example.result(), k};
        text += typed(expression(*evaluation, output)) + shown(valueText(*evaluation, output));
    }
    if (const auto from = root(*evaluation, example.result()))
        text += backwardText(*std::move(evaluation), *from);
    return text;
}

}  // namespace

std::string exampleText(const Op& op)
{
    if (op.walksBack)
        return textOf(op, {});
    for (const Sample& sample : op.samples)
        if (elements(sample) <= mostElements)
            if (std::string text = textOf(op, sample); !text.empty())
                return text;
    return {};
}

}  // namespace chainrule::cli
