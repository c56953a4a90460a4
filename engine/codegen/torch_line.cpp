// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/torch_line.h"

#include "engine/base/string_text.h"
#include "engine/codegen/torch_call.h"

#include <algorithm>
#include <set>

namespace chainrule {
namespace {

std::set<std::string, std::less<>> namesIn(const Graph& graph)
{
    std::set<std::string, std::less<>> names;
    for (const NodeId id : graph.ids())
        names.insert(graph.at(id).name);
    return names;
}

bool isWithoutGrad(const Graph& graph, NodeId node)
{
    return std::ranges::any_of(graph.frames, [node](const Frame& frame) {
        return frame.noGrad && std::ranges::find(frame.nodes, node) != frame.nodes.end();
    });
}

std::string assignment(const Node& node, const NodeCode& code)
{
    const std::string text = node.name + " = " + code.expression;
    if (code.kind == NodeCode::Kind::Absent)
        return "# " + oneLine(text);
    return text + (code.remark.empty() || code.kind != NodeCode::Kind::Plain ? "" : "  # " + code.remark);
}

}  // namespace

std::string torchLine(const Evaluation& evaluation, NodeId id)
{
    const Graph& graph = evaluation.graph();
    const Node& node = graph.at(id);
    PythonNames names(namesIn(graph));
    const TorchCalls calls(evaluation, names, {});
    const NodeCode code = calls.code(id);

    std::string lines;
    std::string_view indent;
    const auto add = [&](const std::string& line) {
        lines += (lines.empty() ? "" : "\n") + std::string(indent) + line;
    };
    if (isWithoutGrad(graph, id)) {
        add(names.rewritten("with torch.no_grad():"));
        indent = "    ";
    }
    if (!code.before.empty())
        add(code.before);
    add(assignment(node, code));
    for (std::uint32_t k = 0; node.retainGrad && k < evaluation[id].outputs.size(); ++k)
        if (retains(evaluation, {id, k}))
            add(calls.reference({id, k}) + ".retain_grad()");
    return lines;
}

}  // namespace chainrule
