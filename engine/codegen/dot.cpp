// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/dot.h"

#include "engine/base/string_text.h"
#include "engine/codegen/torch_blocks.h"
#include "engine/ops/op.h"
#include "engine/tensor/printing.h"

#include <algorithm>
#include <map>

namespace chainrule {
namespace {

constexpr std::int64_t shownElements = 9;

/// Between double quotes, lines ending in \n; nothing in it means anything to Graphviz.
std::string label(std::span<const std::string> lines)
{
    std::string text = "\"";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += i ? "\\n" : "";
        for (const char c : lines[i]) {
            if (c == '"' || c == '\\')
                text += '\\';
            text += c;
        }
    }
    return text + "\"";
}

std::string label(const std::string& line)
{
    return label(std::span(&line, 1));
}

/// Each line of a text of several, as one.
void appendLines(std::vector<std::string>& lines, std::string_view text)
{
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        lines.push_back(oneLine(text.substr(start, end - start)));
        start = end + 1;
    }
}

class Dot {
public:
    Dot(const Evaluation& evaluation, std::span<const Group> groups)
        : m_evaluation(evaluation), m_graph(evaluation.graph()), m_groups(groups)
    {
    }

    std::string text() const
    {
        std::string text = "digraph chainrule {\n"
                           "    rankdir=LR;\n"
                           "    node [shape=box, style=rounded, fontname=\"monospace\"];\n"
                           "    edge [fontname=\"monospace\", fontsize=10];\n";
        for (const NodeId id : m_graph.ids())
            text += "    " + label(m_graph.at(id).name) + " [" + attributes(id) + "];\n";
        text += clusters();
        for (const NodeId id : m_graph.ids())
            text += edges(id);
        return text + "}\n";
    }

private:
    std::string attributes(NodeId id) const
    {
        const Node& node = m_graph.at(id);
        const NodeResult& result = m_evaluation[id];
        std::vector<std::string> lines{node.name + ": " + oneLine(node.op) + (node.muted ? " (muted)" : "")};
        if (result.error) {
            appendLines(lines, std::string(name(result.error->kind)) + ": " + result.error->message);
            return "label=" + label(lines) + ", color=red";
        }
        bool requiresGrad = false;
        bool isLeaf = false;
        for (std::uint32_t k = 0; k < result.outputs.size(); ++k) {
            describe({id, k}, lines);
            requiresGrad = requiresGrad || result.outputs[k].requiresGrad();
            isLeaf = isLeaf || m_evaluation.isLeaf(result.outputs[k]);
        }
        if (node.retainGrad)
            lines.emplace_back("retains grad");
        std::string text = "label=" + label(lines);
        if (requiresGrad)
            text += isLeaf ? ", peripheries=2" : ", penwidth=2";
        return text;
    }

    void describe(OutputId output, std::vector<std::string>& lines) const
    {
        const Value& value = m_evaluation.value(output);
        const Tensor& tensor = value.tensor();
        const std::string prefix =
            m_evaluation.hasNamedOutputs(output.node) ? m_evaluation.outputName(output) + ": " : "";
        if (!tensor.isNumber())
            lines.push_back(prefix + "torch." + std::string(name(tensor.dtype())) + ", " + sizeText(tensor.shape()));
        if (tensor.size() <= shownElements)
            appendLines(lines, (tensor.isNumber() ? prefix : "") + repr(tensor));
        if (value.requiresGrad())
            lines.push_back(m_evaluation.isLeaf(value) ? "leaf, requires_grad=True"
                                                       : "grad_fn=<" + std::string(m_evaluation.gradFn(value)) + ">");
    }

    /// A cluster for each group, with those of the groups in it.
    std::string clusters() const
    {
        const auto innermost = innermostGroups(m_graph, m_groups);
        std::map<std::string_view, std::string> finished;  // By name, until an outer group takes it.
        std::vector<bool> isFinished(m_groups.size(), false);
        for (std::size_t depth = 0; depth < m_groups.size(); ++depth)
            for (std::size_t g = 0; g < m_groups.size(); ++g) {
                const Group& group = m_groups[g];
                const bool isReady = std::ranges::all_of(
                    group.groups, [&](const std::string& name) { return finished.contains(name); });
                if (isFinished[g] || !isReady)
                    continue;
                std::string inside;
                for (std::size_t i = 0; i < m_graph.size(); ++i)
                    if (innermost[i] == &group)
                        inside += " " + label(m_graph[i].name) + ";";
                for (const std::string& name : group.groups)
                    inside += " " + finished.extract(name).mapped();
                finished[group.name] =
                    "subgraph " + label("cluster_" + group.name) + " { label=" + label(group.name) + ";" + inside + " }";
                isFinished[g] = true;
            }
        std::string text;
        for (const auto& [name, cluster] : finished)
            text += "    " + cluster + "\n";
        return text;
    }

    std::string edges(NodeId id) const
    {
        const Node& node = m_graph.at(id);
        const Op* const op = findOp(node.op);
        std::vector<std::string_view> parameters;
        if (op)
            for (const Parameter& parameter : op->parameters)
                if (parameter.isTensor())
                    parameters.push_back(parameter.name);
        std::string text;
        for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
            const std::string parameter(slot < parameters.size() ? parameters[slot] : "");
            const Input& input = node.inputs[slot];
            if (const Source* source = input.single())
                text += edge(*source, node.name, parameter);
            else if (const SourceList* list = input.list())
                for (std::size_t item = 0; item < list->size(); ++item)
                    if ((*list)[item])
                        text += edge(*(*list)[item], node.name, parameter + "[" + std::to_string(item) + "]");
        }
        return text;
    }

    std::string edge(const Source& source, const std::string& to, const std::string& parameter) const
    {
        const auto output = m_evaluation.resolve(source);
        std::string flowing = source.output.empty() ? "" : oneLine(source.output) + " ";
        if (output && !m_evaluation.value(*output).tensor().isNumber())
            flowing += shapeText(m_evaluation.value(*output).tensor().shape());
        return "    " + label(m_graph.at(source.node).name) + " -> " + label(to) + " [label=" + label(flowing) + ", headlabel="
               + label(parameter) + (output ? "" : ", style=dashed") + "];\n";
    }

    static std::string shapeText(const Shape& shape)
    {
        std::string text;
        for (const std::int64_t size : shape)
            text += (text.empty() ? "" : ", ") + std::to_string(size);
        return "[" + text + "]";
    }

    const Evaluation& m_evaluation;
    const Graph& m_graph;
    std::span<const Group> m_groups;
};

}  // namespace

std::string dotText(const Evaluation& evaluation, std::span<const Group> groups)
{
    return Dot(evaluation, groups).text();
}

}  // namespace chainrule
