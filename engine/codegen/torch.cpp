// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/torch.h"

#include "engine/base/string_text.h"
#include "engine/codegen/torch_blocks.h"
#include "engine/codegen/torch_call.h"
#include "engine/codegen/torch_check.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <set>

namespace chainrule {
namespace {

constexpr std::string_view attemptHelper = R"(def attempt(address, call):
    """Does what failed in Chainrule, shows Python's own error, and goes on."""
    try:
        return call()
    except Exception as error:
        print(address + ":", type(error).__name__ + ":", error, file=sys.stderr)
        return error
)";

constexpr std::string_view nativeHelper = R"(def native(array):
    """The same numbers in this machine's byte order, which alone from_numpy takes."""
    return array.astype(array.dtype.newbyteorder("="))
)";

constexpr std::string_view showHelper = R"(def show(address, value):
    if isinstance(value, torch.Tensor):
        print(address, "=", repr(value) + "  #", str(value.dtype) + ",", value.shape)
    else:
        print(address, "=", repr(value))
)";

std::set<std::string, std::less<>> namesIn(const Graph& graph, std::span<const Group> groups)
{
    std::set<std::string, std::less<>> names;
    for (const NodeId id : graph.ids())
        names.insert(graph.at(id).name);
    for (const Group& group : groups)
        names.insert(group.name);
    return names;
}

std::string indented(std::string_view text, std::size_t levels)
{
    return std::string(4 * levels, ' ') + std::string(text) + "\n";
}

/// Each line of what a document's author wrote, as a comment.
std::string commented(std::string_view text, std::size_t levels)
{
    std::string comment;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        comment += indented("# " + oneLine(text.substr(start, end - start)), levels);
        start = end + 1;
    }
    return comment;
}

class TorchScript {
public:
    TorchScript(const Evaluation& evaluation, std::span<const ScriptStep> steps, const ScriptOutcome& outcome,
                const ScriptOptions& options)
        : m_evaluation(evaluation), m_graph(evaluation.graph()), m_steps(steps), m_outcome(outcome),
          m_options(options), m_names(namesIn(m_graph, options.groups)),
          m_calls(evaluation, m_names, options.swappedFiles), m_innermost(innermostGroups(m_graph, options.groups))
    {
        for (const NodeId id : m_graph.ids())
            m_codes.push_back(m_calls.code(id));
    }

    std::string text()
    {
        const auto blocks = scriptBlocks(m_evaluation, m_options.groups,
                                         [this](NodeId id) { return hasVariable(id); });
        std::string functions;
        for (std::size_t b = 0; b + 1 < blocks.size(); ++b)
            functions += "\n\n" + functionText(blocks, b);
        const std::string forward = body(blocks, blocks.back(), 0);
        const std::string backward = backwardText();
        const std::string print = printText();
        const std::string check = checkText();
        std::string definitions;
        for (const auto& [helper, definition] : {std::pair("attempt", attemptHelper), {"native", nativeHelper}})
            if (m_names.uses(helper))
                definitions += "\n\n" + m_names.rewritten(definition);
        definitions += functions;
        const std::string show = m_names.rewritten(showHelper);
        const std::string checks = checkHelpers(m_names);
        m_names.rewritten("torch sys");  // What every script imports.
        const std::string title = m_options.document.empty() ? "a graph" : oneLine(m_options.document);
        return "# Exported by Chainrule from " + title + ". It finds its files from that document's folder.\n"
               + m_names.imports() + (definitions.empty() ? "" : definitions + "\n") + "\n" + forward
               + (backward.empty() ? "" : "\n" + backward) + "\n\n" + show + "\n\n" + print
               + "\n\n# What Chainrule computed, to compare with: run this script with --check.\n" + checks + "\n\n"
               + check;
    }

private:
    const NodeCode& codeOf(NodeId id) const { return m_codes[*m_graph.indexOf(id)]; }
    bool hasVariable(NodeId id) const { return codeOf(id).kind != NodeCode::Kind::Absent; }

    std::string join(std::span<const NodeId> nodes) const
    {
        std::string text;
        for (const NodeId id : nodes)
            text += (text.empty() ? "" : ", ") + m_graph.at(id).name;
        return text;
    }

    std::string functionText(const std::vector<ScriptBlock>& blocks, std::size_t index)
    {
        const ScriptBlock& block = blocks[index];
        std::string text = "def " + block.group->name + "(" + join(parameters(block)) + "):\n";
        text += body(blocks, block, 1);
        if (block.items.empty())
            return text + indented("pass", 1);
        return block.results.empty() ? text : text + indented("return " + join(block.results), 1);
    }

    std::vector<NodeId> parameters(const ScriptBlock& block) const
    {
        std::vector<NodeId> nodes = block.parameters;
        std::erase_if(nodes, [this](NodeId id) { return !hasVariable(id); });
        return nodes;
    }

    /// What stands around a node: its frame's title or its group's name, and whether gradients are off.
    struct Surroundings {
        std::string title = {};
        bool noGrad = false;

        bool operator==(const Surroundings&) const = default;
    };

    Surroundings surroundings(NodeId id, const Group* function) const
    {
        Surroundings result;
        const Group* const group = m_innermost[*m_graph.indexOf(id)];
        if (group && group != function)
            result.title = group->name;
        for (const Frame& frame : m_graph.frames)
            if (std::ranges::find(frame.nodes, id) != frame.nodes.end()) {
                if (result.title.empty())
                    result.title = frame.title;
                result.noGrad = result.noGrad || frame.noGrad;
            }
        return result;
    }

    std::string body(const std::vector<ScriptBlock>& blocks, const ScriptBlock& block, std::size_t levels)
    {
        std::string text;
        Surroundings last;
        for (const ScriptBlock::Item& item : block.items) {
            const Surroundings now = item.block ? Surroundings() : surroundings(item.node, block.group);
            if (now != last) {
                text += text.empty() ? "" : "\n";
                text += commented(now.title, levels);
                if (now.noGrad)
                    text += indented(m_names.rewritten("with torch.no_grad():"), levels);
                last = now;
            }
            text += item.block ? callText(blocks[*item.block], levels)
                               : nodeText(item.node, levels + (now.noGrad ? 1 : 0));
        }
        return text;
    }

    std::string callText(const ScriptBlock& called, std::size_t levels)
    {
        const std::string call = called.group->name + "(" + join(parameters(called)) + ")";
        return indented(called.results.empty() ? call : join(called.results) + " = " + call, levels);
    }

    std::string nodeText(NodeId id, std::size_t levels)
    {
        const Node& node = m_graph.at(id);
        const NodeCode& code = codeOf(id);
        std::string text = commented(node.comment(), levels);
        if (!code.before.empty())
            text += indented(code.before, levels);
        switch (code.kind) {
        case NodeCode::Kind::Absent:
            text += indented("# " + node.name + " = " + oneLine(code.expression), levels);
            return text + indented(m_names.rewritten("print(") + quoted(node.name + ": " + code.remark)
                                       + m_names.rewritten(", file=sys.stderr)"), levels);
        case NodeCode::Kind::Attempt:
            return text + indented(node.name + " = " + m_names.rewritten("attempt(") + quoted(node.name)
                                       + ", lambda: " + code.expression + ")", levels);
        case NodeCode::Kind::Plain:
            break;
        }
        text += indented(node.name + " = " + code.expression + (code.remark.empty() ? "" : "  # " + code.remark),
                         levels);
        for (std::uint32_t k = 0; node.retainGrad && k < m_evaluation[id].outputs.size(); ++k)
            if (retains(m_evaluation, {id, k}))
                text += indented(m_calls.reference({id, k}) + ".retain_grad()", levels);
        return text;
    }

    std::string backwardText()
    {
        std::string text;
        for (std::size_t s = 0; s < m_steps.size(); ++s) {
            if (const auto* zero = std::get_if<ZeroGrad>(&m_steps[s].step))
                text += zeroText(*zero);
            else
                text += passText(std::get<Pass>(m_steps[s].step), m_steps[s].seedFiles, m_outcome.failedStep == s);
            if (m_outcome.failedStep == s)
                break;
        }
        return text;
    }

    std::string zeroText(const ZeroGrad& zero)
    {
        std::string leaves;
        forEachTensor([&](OutputId output, const Value& value) {
            if (value.requiresGrad() && m_evaluation.isLeaf(value) && m_evaluation.owner(value.place()) == output)
                leaves += (leaves.empty() ? "" : ", ") + m_calls.reference(output);
        });
        const std::string leaf = m_names.rewritten("leaf");
        std::string text = "for " + leaf + " in [" + leaves + "]:\n";
        if (zero.setToNone)
            return text + indented(leaf + ".grad = None", 1);
        return text + indented("if " + leaf + ".grad is not None:", 1)
               + indented(leaf + ".grad = " + m_names.rewritten("torch.zeros_like(") + leaf + ".grad)", 2);
    }

    /// `a.backward()` for one root, as people write it, else the function that takes several.
    std::string passText(const Pass& pass, std::span<const std::string> seedFiles, bool fails)
    {
        const bool isUncomputed = m_outcome.error && m_outcome.error->kind == Error::Kind::NotEvaluated;
        std::vector<std::string> roots, gradients;
        bool hasGradient = false;
        for (std::size_t i = 0; i < pass.roots.size(); ++i) {
            roots.push_back(m_calls.reference(pass.roots[i]));
            const bool isFromFile = i < seedFiles.size() && !seedFiles[i].empty();
            const bool isGiven = isFromFile || (i < pass.gradients.size() && pass.gradients[i]);
            hasGradient = hasGradient || isGiven;
            if (!isFromFile && !pass.gradients.empty() && i >= pass.gradients.size())
                continue;
            if (isFromFile)
                gradients.push_back(m_names.rewritten("torch.from_numpy(") + m_calls.loaded(seedFiles[i]) + ")");
            else
                gradients.push_back(isGiven ? gradientText(*pass.gradients[i]) : "None");
        }
        for (std::size_t i = pass.roots.size(); i < pass.gradients.size(); ++i) {
            gradients.push_back(pass.gradients[i] ? m_calls.reference(*pass.gradients[i]) : "None");
            hasGradient = true;
        }
        std::vector<std::string> arguments;
        const bool isSingle = roots.size() == 1 && gradients.size() == 1;
        if (!isSingle)
            arguments.push_back(listed(roots));
        if (hasGradient)
            arguments.push_back(isSingle ? gradients[0] : listed(gradients));
        if (pass.retainGraph && *pass.retainGraph != pass.createGraph)
            arguments.push_back(std::string("retain_graph=") + (*pass.retainGraph ? "True" : "False"));
        if (pass.createGraph)
            arguments.push_back("create_graph=True");
        if (pass.inputs) {
            std::vector<std::string> inputs;
            for (const Source& input : *pass.inputs)
                inputs.push_back(m_calls.reference(input));
            arguments.push_back("inputs=" + listed(inputs));
        }
        const std::string list = listed(arguments);
        const std::string call = (isSingle ? roots[0] + ".backward" : m_names.rewritten("torch.autograd.backward"))
                                 + "(" + list.substr(1, list.size() - 2) + ")";
        if (fails && isUncomputed)
            return indented("# " + call, 0) + m_names.rewritten("print(")
                   + quoted("backward: " + oneLine(m_outcome.error->message))
                   + m_names.rewritten(", file=sys.stderr)\n");
        return fails ? m_names.rewritten("outcome = attempt(\"backward\", lambda: ") + call + ")\n" : call + "\n";
    }

    /// A leaf takes a gradient that reaches it unchanged for its `.grad`, and the next pass would add to it in place.
    std::string gradientText(const Source& source)
    {
        const std::string text = m_calls.reference(source);
        const auto output = m_evaluation.resolve(source);
        const bool isTensor = output && !m_evaluation.value(*output).tensor().isNumber();
        return isTensor && m_steps.size() > 1 && !m_evaluation.value(*output).requiresGrad() ? text + ".clone()" : text;
    }

    static std::string listed(const std::vector<std::string>& items)
    {
        std::string text = "[";
        for (const std::string& item : items)
            text += (text.size() == 1 ? "" : ", ") + item;
        return text + "]";
    }

    /// Calls f(OutputId, const Value&) for every output that is a tensor, in document order.
    template <typename F>
    void forEachTensor(F&& f) const
    {
        for (const NodeId id : m_graph.ids()) {
            const auto& outputs = m_evaluation[id].outputs;
            for (std::uint32_t k = 0; k < outputs.size(); ++k)
                if (!outputs[k].tensor().isNumber())
                    f(OutputId{id, k}, outputs[k]);
        }
    }

    /// "m.values", as `chainrule run` calls an output.
    std::string address(OutputId output) const
    {
        const std::string& name = m_graph.at(output.node).name;
        return m_evaluation.hasNamedOutputs(output.node) ? name + "." + m_evaluation.outputName(output) : name;
    }

    bool showsGrad(OutputId output, const Value& value) const
    {
        return m_evaluation.isLeaf(value) || m_graph.at(output.node).retainGrad;
    }

    std::string printText()
    {
        std::string text;
        for (const NodeId id : m_graph.ids())
            for (std::uint32_t k = 0; k < m_evaluation[id].outputs.size(); ++k)
                text += m_names.rewritten("show(") + quoted(address({id, k})) + ", " + m_calls.reference({id, k})
                        + ")\n";
        forEachTensor([&](OutputId output, const Value& value) {
            if (showsGrad(output, value))
                text += m_names.rewritten("print(") + quoted(address(output) + ".grad =") + ", "
                        + m_calls.reference(output) + ".grad)\n";
        });
        return text;
    }

    /// What a node was computed from: its inputs, and as coarse as what these were computed from.
    Terms termsOf(NodeId id) const
    {
        std::vector<Tensor> inputs;
        double epsilon = 0;
        if (!m_evaluation[id].error)
            forEachSource(m_graph.at(id), [&](const Source& source) {
                if (const auto output = m_evaluation.resolve(source)) {
                    inputs.push_back(m_evaluation.value(*output).tensor());
                    epsilon = std::max(epsilon, m_epsilons[*m_graph.indexOf(source.node)]);
                }
            });
        Terms terms = chainrule::termsOf(inputs);
        terms.epsilon = std::max(terms.epsilon, epsilon);
        return terms;
    }

    std::string checkText()
    {
        m_epsilons.resize(m_graph.size());
        for (const NodeId id : m_evaluation.order())
            m_epsilons[*m_graph.indexOf(id)] = termsOf(id).epsilon;
        std::string text = m_names.rewritten("if \"--check\" in sys.argv[1:]:\n");
        for (const NodeId id : m_graph.ids()) {
            const NodeResult& result = m_evaluation[id];
            if (result.error && hasVariable(id))
                text += indented(checkOfError(m_names, m_graph.at(id).name, m_graph.at(id).name, *result.error), 1);
            const Terms terms = termsOf(id);
            for (std::uint32_t k = 0; k < result.outputs.size(); ++k)
                if (const Value& value = result.outputs[k]; !value.tensor().isNumber())
                    text += indented(checkOfValue(m_names, address({id, k}), m_calls.reference({id, k}), value,
                                                  m_evaluation.gradFn(value), slackOf(value.tensor(), terms)), 1);
        }
        if (const auto& error = m_outcome.error; error && error->kind != Error::Kind::NotEvaluated)
            text += indented(checkOfError(m_names, "backward", m_names.rewritten("outcome"), *error), 1);
        text += gradientChecks();
        text += indented(m_names.rewritten("print(len(checked), \"comparisons with Chainrule,\", len(differences), "
                                           "\"differences\", file=sys.stderr)"), 1);
        return text + indented(m_names.rewritten("sys.exit(1 if differences else 0)"), 1);
    }

    std::string gradientChecks()
    {
        std::vector<Tensor> all;
        forEachTensor([&](OutputId, const Value& value) { all.push_back(value.tensor()); });
        const Terms terms = chainrule::termsOf(all);
        std::string text;
        forEachTensor([&](OutputId output, const Value& value) {
            if (!showsGrad(output, value))
                return;
            const std::string expression = m_calls.reference(output) + ".grad";
            const auto owner = value.requiresGrad() ? m_evaluation.owner(value.place()) : std::nullopt;
            const Value* const grad = m_outcome.stored.find(owner.value_or(output));
            text += indented(grad ? checkOfValue(m_names, address(output) + ".grad", expression, *grad,
                                                 m_evaluation.gradFn(*grad), slackOf(grad->tensor(), terms))
                                  : checkOfNone(m_names, address(output) + ".grad", expression), 1);
        });
        return text;
    }

    const Evaluation& m_evaluation;
    const Graph& m_graph;
    std::span<const ScriptStep> m_steps;
    const ScriptOutcome& m_outcome;
    const ScriptOptions& m_options;
    PythonNames m_names;
    TorchCalls m_calls;
    std::vector<const Group*> m_innermost;  // By node.
    std::vector<NodeCode> m_codes;          // By node.
    std::vector<double> m_epsilons;         // By node: of the coarsest dtype on the way to it.
};

}  // namespace

std::string torchScript(const Evaluation& evaluation, std::span<const ScriptStep> steps, const ScriptOutcome& outcome,
                        const ScriptOptions& options)
{
    return TorchScript(evaluation, steps, outcome, options).text();
}

}  // namespace chainrule
