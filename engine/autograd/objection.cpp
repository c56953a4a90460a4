// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/objection.h"

#include "engine/graph/links.h"
#include "engine/graph/plan.h"

#include <algorithm>

namespace chainrule {

/// One input of a call as `infer` counts them.
struct LinkObjections::Argument {
    const Parameter* parameter;
    std::size_t position;  // From 1, of the parameter in the signature.
    const Source* source = nullptr;  // nullptr: left open.
    std::optional<TensorType> type = {};  // Absent: not known.
    std::optional<Error> refusal = {};  // What Python says of a source that is no tensor.
};

LinkObjections::LinkObjections(Graph graph, const Evaluation* evaluation)
    : m_graph(std::move(graph)), m_evaluation(evaluation)
{
    for (const Frame& frame : m_graph.frames)
        if (frame.noGrad)
            m_withoutGrad.insert(m_withoutGrad.end(), frame.nodes.begin(), frame.nodes.end());
    std::ranges::sort(m_withoutGrad);
    findKnown();
}

void LinkObjections::findKnown()
{
    // A frame decides what requires grad.
    if (!m_evaluation || m_evaluation->graph().frames != m_graph.frames) {
        m_isKnown.assign(m_graph.size(), false);
        return;
    }
    const Graph& computed = m_evaluation->graph();
    const auto isSame = [&](NodeId id) {
        return computed.contains(id) && computed.share(id) == m_graph.share(id);
    };
    if (std::ranges::all_of(m_graph.ids(), isSame))
        return;
    std::vector<bool> isKnown(m_graph.size());
    for (const NodeId id : orderOf(m_graph)) {
        bool isFresh = isSame(id);
        forEachSource(m_graph.at(id), [&](const Source& source) {
            isFresh = isFresh && isKnown[*m_graph.indexOf(source.node)];
        });
        isKnown[*m_graph.indexOf(id)] = isFresh;
    }
    m_isKnown = std::move(isKnown);
}

bool LinkObjections::closesCycle(const Connect& connect)
{
    const auto rank = [this](NodeId node) { return m_ranks[*m_graph.indexOf(node)]; };
    if (m_from != connect.from.node) {
        if (m_from != NodeId() && m_ranks.empty()) {
            m_ranks.resize(m_graph.size());
            std::uint32_t next = 0;
            for (const NodeId id : orderOf(m_graph))
                m_ranks[*m_graph.indexOf(id)] = next++;
        }
        // What a node is computed from stands before it in the plan.
        if (!m_ranks.empty() && rank(connect.from.node) < rank(connect.to.node))
            return false;
        m_upstream.emplace(m_graph, connect.from.node);
        m_from = connect.from.node;
    }
    return m_upstream->contains(connect.to.node);
}

Result<TensorType> LinkObjections::typeOf(const Source& source) const
{
    if (!m_isKnown.empty() && !m_isKnown[*m_graph.indexOf(source.node)])
        return Error{Error::Kind::NotEvaluated, {}};
    const auto output = m_evaluation->resolve(source);
    if (!output)
        return output.error();
    const Value& value = m_evaluation->value(*output);
    TensorType type = value.tensor().type();
    type.requiresGrad = value.requiresGrad();
    return type;
}

std::vector<LinkObjections::Argument> LinkObjections::arguments(const Op& op, NodeId node,
                                                                const Inputs& inputs) const
{
    std::vector<Argument> all;
    const bool hasNoGrad = std::ranges::binary_search(m_withoutGrad, node);
    const auto add = [&](const Parameter& parameter, std::size_t position, const Source* source) {
        Argument argument{.parameter = &parameter, .position = position, .source = source};
        if (!source) {
            if (parameter.kind == Parameter::Kind::Tensor && (parameter.acceptsNone || parameter.fallback))
                argument.type = Tensor::none().type();
        } else if (auto type = typeOf(*source)) {
            argument.type = *std::move(type);
            argument.type->requiresGrad = argument.type->requiresGrad && !hasNoGrad;
        } else if (type.error().kind != Error::Kind::NotEvaluated) {
            argument.refusal = type.error();
        }
        all.push_back(std::move(argument));
    };
    std::size_t slot = 0;
    for (std::size_t position = 1; position <= op.parameters.size(); ++position) {
        const Parameter& parameter = op.parameters[position - 1];
        if (!parameter.isTensor())
            continue;
        const Input* const input = slot < inputs.size() ? &inputs[slot] : nullptr;
        ++slot;
        const bool takesList = parameter.kind == Parameter::Kind::TensorList;
        const SourceList* const list = input ? input->list() : nullptr;
        if (takesList && list)
            for (const auto& item : *list)
                add(parameter, position, item ? &*item : nullptr);
        else if (takesList || list)  // A document may give the one for the other.
            all.push_back({&parameter, position});
        else
            add(parameter, position, input ? input->single() : nullptr);
    }
    return all;
}

Failure LinkObjections::operator()(const Connect& connect)
{
    const auto inputs = inputsWith(m_graph, connect);
    if (!inputs)
        return inputs.error();
    if (closesCycle(connect))
        return cycleError(m_graph, m_upstream->wayFrom(connect.to.node));

    const Node& node = m_graph.at(connect.to.node);
    const Op* const op = findOp(node.op);
    if (!op || op->category == Category::Internal || node.muted || !node.extras->unreadAttributes.empty())
        return std::nullopt;
    Types types;
    bool isAllKnown = true;
    const auto all = arguments(*op, connect.to.node, *inputs);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Argument& argument = all[i];
        isAllKnown = isAllKnown && argument.type;
        if (!argument.source || *argument.source != connect.from)
            continue;
        if (argument.refusal) {
            Error error = *argument.refusal;
            if (error.kind == Error::Kind::TypeError)
                error.message = argumentText(*op, *argument.parameter, argument.position) + error.message;
            return error;
        }
        if (argument.type)
            if (auto refusal = numberRefusal(*op, i, *argument.type))
                return refusal;
    }
    if (!isAllKnown)
        return std::nullopt;
    InlineVector<bool, 4> isGiven;
    for (std::size_t slot = 0; slot < op->tensorParameterCount(); ++slot)
        isGiven.push_back(slot < inputs->size() && !(*inputs)[slot].isOpen());
    for (const Argument& argument : all)
        types.push_back(*argument.type);
    const auto attributes = completed(*op, std::span(isGiven.data(), isGiven.size()), node.attributes);
    if (!attributes)
        return std::nullopt;  // Is wrong with or without the link.
    if (auto outputs = inferred(*op, types, *attributes); !outputs)
        return outputs.error();
    return std::nullopt;
}

std::string LinkObjections::shapes(const Connect& connect)
{
    const auto inputs = inputsWith(m_graph, connect);
    const Op* const op = inputs ? findOp(m_graph.at(connect.to.node).op) : nullptr;
    if (!op)
        return {};
    std::string all;
    for (const Argument& argument : arguments(*op, connect.to.node, *inputs))
        if (argument.type && !argument.type->isNone)
            all += (all.empty() ? "" : ", ") + std::string(argument.parameter->name) + ' '
                   + (argument.type->isNumber ? "a number" : text(argument.type->shape));
    return all;
}

Failure objection(const Diagram& diagram, const Evaluation* evaluation, const Connect& connect)
{
    return LinkObjections(diagram.graph, evaluation)(connect);
}

}  // namespace chainrule
