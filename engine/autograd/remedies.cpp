// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/remedies.h"

#include "engine/autograd/mistakes.h"
#include "engine/autograd/trial.h"
#include "engine/graph/links.h"
#include "engine/ops/attribute_text.h"

#include <algorithm>
#include <cctype>
#include <tuple>

namespace chainrule {
namespace {

constexpr std::size_t mostRemedies = 4;

bool isPartOfWord(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
}

/// "[1, 2]" as "[1., 2.]".
std::string withPoints(std::string_view literal)
{
    std::string text;
    for (std::size_t i = 0; i < literal.size();) {
        std::size_t end = i;
        while (end < literal.size() && isPartOfWord(literal[end]))
            ++end;
        const std::string_view word = literal.substr(i, std::max<std::size_t>(end - i, 1));
        text += word;
        if (std::ranges::all_of(word, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '_'; }))
            text += '.';
        i += word.size();
    }
    return text;
}

/// Every link to the node, once for each place where it ends.
std::vector<std::pair<Target, Source>> linksTo(const Node& node, NodeId id)
{
    std::vector<std::pair<Target, Source>> links;
    for (std::uint32_t k = 0; k < node.inputs.size(); ++k) {
        if (const Source* const source = node.inputs[k].single())
            links.push_back({{id, k}, *source});
        else if (const SourceList* const list = node.inputs[k].list())
            for (std::uint32_t item = 0; item < list->size(); ++item)
                if ((*list)[item])
                    links.push_back({{id, k, item}, *(*list)[item]});
    }
    return links;
}

/// One edit that may help, and what it brings.
struct Attempt {
    Several edit;
    bool losesDigits = false;  ///< It turns floating point into integers.
    Types types = {};

    /// The less it changes, the better: small results before large ones.
    auto rank() const
    {
        const Shape shape = types.empty() ? Shape() : types.front().shape;
        return std::tuple(losesDigits, shape.size());
    }
};

class Search {
public:
    Search(const Diagram& diagram, const Evaluation& evaluation, NodeId id, std::stop_token stop)
        : m_diagram(diagram), m_evaluation(evaluation), m_id(id), m_trial(evaluation, std::move(stop)),
          m_node(diagram.graph.at(id)), m_op(findOp(m_node.op))
    {
    }

    void look(Remedy where)
    {
        switch (where) {
        case Remedy::Literal: return lookAtLiteral();
        case Remedy::Integers: return lookAtIntegers();
        case Remedy::Sizes: return lookBefore(Repair::Sizes);
        case Remedy::Conversion: return lookBefore(Repair::Numbers);
        case Remedy::CutOff: return lookBefore(Repair::Graph);
        case Remedy::Seed:
        case Remedy::RetainGraph:
        case Remedy::RequireGrad: return;  // Of passes, not of nodes.
        }
    }

    std::vector<Several> best()
    {
        std::ranges::stable_sort(m_found, {}, &Attempt::rank);
        std::vector<Several> edits;
        for (Attempt& attempt : m_found)
            if (attempt.rank() == m_found.front().rank() && edits.size() < mostRemedies)
                edits.push_back(std::move(attempt.edit));
        return edits;
    }

private:
    bool tryOut(Attempt attempt)
    {
        const auto edited = apply(m_diagram, attempt.edit);
        if (!edited)
            return false;
        auto types = m_trial.of(edited->graph, m_id);
        if (!types)
            return false;
        attempt.types = *std::move(types);
        m_found.push_back(std::move(attempt));
        return true;
    }

    bool trySetting(std::string title, std::string_view attribute, Attribute value)
    {
        return tryOut({{std::move(title), {SetAttribute{m_id, std::string(attribute), std::move(value)}}}});
    }

    void lookAtLiteral()
    {
        for (const Parameter& parameter : m_op->parameters) {
            const auto found = m_node.attributes.find(parameter.name);
            if (found == m_node.attributes.end() || parameter.literalOf.empty())
                continue;
            const std::string* const literal = std::get_if<std::string>(&found->second);
            if (!literal)
                continue;
            trySetting("Put Brackets Around All", parameter.name, "[" + *literal + "]");
            trySetting("Write Decimal Points", parameter.name, withPoints(*literal));
        }
        for (const Parameter& parameter : m_op->parameters)
            if (m_found.empty() && parameter.kind == Parameter::Kind::DType)
                trySetting("Set " + std::string(parameter.name) + " to float32", parameter.name,
                           std::string(name(DType::Float32)));
    }

    /// One integer at a time becomes -1: the last one, or the one that is worked out.
    void lookAtIntegers()
    {
        for (const auto& [attribute, value] : m_node.attributes) {
            const auto parameter = std::ranges::find(m_op->parameters, attribute, &Parameter::name);
            if (parameter == m_op->parameters.end())
                continue;
            const auto set = [&](Attribute changed) {
                std::string title = "Set " + attribute + " to " + textOf(*parameter, changed);
                trySetting(std::move(title), attribute, std::move(changed));
            };
            if (std::holds_alternative<std::int64_t>(value))
                set(std::int64_t(-1));
            if (const IntList* const list = std::get_if<IntList>(&value))
                for (std::size_t i = 0; i < list->size(); ++i) {
                    IntList changed = *list;
                    changed[i] = -1;
                    set(std::move(changed));
                }
        }
    }

    /// Puts an operation between an input and what is connected to it. Of conversions the first that works is enough.
    void lookBefore(Repair repair)
    {
        for (const Op& op : allOps()) {
            if (op.repairs.of != repair)
                continue;
            for (const auto& [target, source] : linksTo(m_node, m_id)) {
                const auto output = m_evaluation.resolve(source);
                if (!output || m_evaluation.value(*output).tensor().isNumber())
                    continue;
                const TensorType type = m_evaluation.value(*output).tensor().type();
                for (const Attributes& attributes : op.repairs.with(type))
                    if (tryOut(withBefore(op, attributes, target, source, type)) && repair != Repair::Sizes)
                        break;
            }
        }
    }

    Attempt withBefore(const Op& op, const Attributes& attributes, const Target& target, const Source& source,
                       const TensorType& type) const
    {
        Node node{.name = freeName(m_diagram, op.name), .op = std::string(op.name)};
        node.inputs.push_back(Input{source});
        std::string call = m_diagram.graph.at(source.node).name;
        bool losesDigits = false;
        for (const Parameter& parameter : op.parameters)
            if (const auto found = attributes.find(parameter.name); found != attributes.end()) {
                call += ", " + found->first + '=' + textOf(parameter, documented(found->second));
                node.setAttribute(found->first, documented(found->second));
                if (const DType* const dtype = std::get_if<DType>(&found->second))
                    losesDigits = isFloating(type.dtype) && !isFloating(*dtype);
            }
        const NodeId id = m_diagram.graph.nextId();
        std::string title = "Insert " + std::string(op.name) + '(' + call + ')';
        const auto links = linksTo(m_node, m_id);
        if (std::ranges::count(links, source, &std::pair<Target, Source>::second) > 1)
            title += " for " + placeText(target);
        return {{std::move(title),
                 {AddNode{id, std::move(node), between(source.node)}, Connect{{id}, target}}},
                losesDigits};
    }

    /// "other", or "tensors[1]".
    std::string placeText(const Target& target) const
    {
        std::string text(m_op->tensorParameter(target.parameter)->name);
        return target.item ? text + '[' + std::to_string(*target.item) + ']' : text;
    }

    /// In the middle of the link, or below it where there is no room.
    std::optional<Point> between(NodeId source) const
    {
        constexpr double room = 400;
        constexpr double below = 190;
        const auto from = m_diagram.layout.positions.find(source);
        const auto to = m_diagram.layout.positions.find(m_id);
        if (!from || !to)
            return std::nullopt;
        const Point middle{(from->x + to->x) / 2, (from->y + to->y) / 2};
        return to->x - from->x >= room ? middle : Point{middle.x, std::max(from->y, to->y) + below};
    }

    const Diagram& m_diagram;
    const Evaluation& m_evaluation;
    NodeId m_id;
    Trial m_trial;
    const Node& m_node;
    const Op* m_op;
    std::vector<Attempt> m_found;
};

}  // namespace

std::vector<Several> remediesFor(const Diagram& diagram, const Evaluation& evaluation, NodeId node,
                                 std::stop_token stop)
{
    if (!diagram.graph.contains(node) || !evaluation.graph().contains(node) || !evaluation[node].error)
        return {};
    const Mistake* const mistake = mistakeBehind(*evaluation[node].error);
    const Op* const op = findOp(diagram.graph.at(node).op);
    if (!mistake || !op || op->walksBack)
        return {};
    Search search(diagram, evaluation, node, std::move(stop));
    for (const Remedy remedy : mistake->remedies)
        search.look(remedy);
    return search.best();
}

}  // namespace chainrule
