// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/trial.h"

#include <algorithm>

namespace chainrule {
namespace {

/// What gives a tensor from outside, and can be told to require grad.
const Op& readerOp()
{
    static const Op& reader = *std::ranges::find_if(allOps(), [](const Op& op) {
        return op.readsFile && op.defaults.contains("requires_grad");
    });
    return reader;
}

/// The small graph: the node, new nodes before it, and for what is known a node that reads it from a file that is none.
class Extract {
public:
    Extract(const Evaluation& known, const Graph& edited) : m_known(known), m_edited(edited) {}

    /// Absent where something before it failed.
    std::optional<NodeId> take(NodeId id)
    {
        Node node = m_edited.at(id);
        bool isWhole = true;
        const auto moved = [&](const Source& source) {
            const auto taken = sourceFor(source);
            isWhole = isWhole && taken;
            return taken.value_or(Source());
        };
        for (Input& input : node.inputs) {
            if (const Source* const source = input.single())
                input = Input{moved(*source)};
            else if (const SourceList* const list = input.list()) {
                SourceList items = *list;
                for (auto& item : items)
                    if (item)
                        item = moved(*item);
                input = Input{std::move(items)};
            }
        }
        if (!isWhole)
            return std::nullopt;
        node.name = "n" + std::to_string(m_graph.size());
        const NodeId taken = m_graph.add(std::move(node));
        for (const Frame& frame : m_edited.frames)
            if (frame.noGrad && std::ranges::find(frame.nodes, id) != frame.nodes.end())
                m_graph.frames.push_back({{}, {taken}, true, {}});
        return taken;
    }

    const Graph& graph() const { return m_graph; }
    Result<Tensor> tensor(const std::string& file) const { return m_tensors[std::stoul(file)]; }

private:
    std::optional<Source> sourceFor(const Source& source)
    {
        if (const auto seen = m_sources.find(source); seen != m_sources.end())
            return seen->second;
        std::optional<NodeId> taken;
        if (!m_known.graph().contains(source.node)) {
            taken = take(source.node);  // New; it stands on what is known.
        } else if (const auto output = m_known.resolve(source)) {
            const Value& value = m_known.value(*output);
            taken = value.tensor().isNumber() ? take(source.node) : reading(value);
        }
        if (!taken)
            return std::nullopt;
        return m_sources.emplace(source, Source{*taken}).first->second;
    }

    NodeId reading(const Value& value)
    {
        Node node{.name = "n" + std::to_string(m_graph.size()), .op = std::string(readerOp().name)};
        node.setAttribute("file", std::to_string(m_tensors.size()));
        if (value.requiresGrad())
            node.setAttribute("requires_grad", true);
        m_tensors.push_back(value.tensor());
        return m_graph.add(std::move(node));
    }

    const Evaluation& m_known;
    const Graph& m_edited;
    Graph m_graph;
    std::vector<Tensor> m_tensors;
    std::map<Source, Source> m_sources;
};

}  // namespace

Result<Types> Trial::of(const Graph& edited, NodeId node) const
{
    Extract extract(m_known, edited);
    const auto taken = extract.take(node);
    if (!taken)
        return Error{Error::Kind::NotEvaluated, {}};
    const auto evaluation = evaluate(
        extract.graph(),
        {.readFile = [&](const std::string& file) { return extract.tensor(file); }, .stop = m_stop});
    if (!evaluation)
        return evaluation.error();
    const NodeResult& result = (*evaluation)[*taken];
    if (result.error)
        return *result.error;
    Types types;
    for (const Value& output : result.outputs)
        types.push_back(output.tensor().type());
    return types;
}

}  // namespace chainrule
