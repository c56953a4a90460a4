// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/selection_edits.h"

#include "widgets/palette/op_ranking.h"

#include <QCoreApplication>

#include <algorithm>
#include <unordered_set>

namespace chainrule {
namespace {

constexpr qreal gap = 64;  // Between a new node and what it is computed from.
constexpr int mostTries = 200;

std::string translated(const char* text)
{
    return QCoreApplication::translate("SelectionEdits", text).toStdString();
}

std::size_t requiredTensors(const Op& op)
{
    return std::size_t(std::ranges::count_if(
        op.parameters, [](const Parameter& p) { return p.isTensor() && !p.fallback && !p.acceptsNone; }));
}

}  // namespace

Edit nudged(const Scene& scene, std::span<const NodeId> nodes, QPointF by)
{
    MoveNodes move;
    for (const NodeId node : nodes) {
        const QPointF corner = scene.box(node).topLeft() + by;
        move.positions.push_back({node, {corner.x(), corner.y()}});
    }
    return move;
}

const Op* opOfSymbol(QChar symbol, std::size_t operands)
{
    const std::string spelled = symbol == u'^' ? "**" : QString(symbol).toStdString();
    const Op* best = nullptr;
    for (const Op& op : allOps()) {
        if (op.symbol != spelled || op.category == Category::Internal)
            continue;
        if (requiredTensors(op) == operands)
            return &op;
        if (!best && op.tensorParameterCount() >= operands)
            best = &op;
    }
    return best;
}

Edit operatorOn(const Scene& scene, const Op& op, std::span<const NodeId> operands)
{
    QRectF all;
    for (const NodeId node : operands)
        all |= scene.box(node);
    const QSizeF size(face_metrics::width, scene.box(operands.front()).height());
    const QPointF place = freePlace(scene, {all.right() + gap, all.center().y() - size.height() / 2}, size);
    AddNode add = newNode(scene.diagram(), op, {place.x(), place.y()});
    const NodeId id = add.id;
    Several edit{translated(QT_TRANSLATE_NOOP("SelectionEdits", "Add ")) + add.node.name, {std::move(add)}};
    for (std::uint32_t i = 0; i < operands.size(); ++i) {
        const auto outputs = scene.outputs(operands[i]);
        if (!outputs.empty())
            edit.edits.emplace_back(Connect{scene.source(outputs.front()), {id, i}});
    }
    return edit;
}

std::optional<Connect> fittingLink(const Scene& scene, NodeId from, NodeId to, const Objection& objection)
{
    const auto outputs = scene.outputs(from);
    const auto inputs = scene.inputs(to);
    if (outputs.empty() || inputs.empty())
        return std::nullopt;
    const Source source = scene.source(outputs.front());
    const auto best = std::ranges::min_element(inputs, {}, [&](const Target& input) {
        return std::pair(scene.connected(input).has_value(), objection({source, input}).has_value());
    });
    return Connect{source, *best};
}

std::vector<NodeId> reached(const Scene& scene, NodeId node, Way way)
{
    std::unordered_set<NodeId> seen{node};
    std::vector<NodeId> found{node};
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const Link& link : scene.linksOf(found[i])) {
            const auto [near, far] = way == Way::Downstream ? std::pair(link.from.node, link.to.node)
                                                            : std::pair(link.to.node, link.from.node);
            if (near == found[i] && seen.insert(far).second)
                found.push_back(far);
        }
    std::ranges::sort(found);
    return found;
}

QPointF freePlace(const Scene& scene, QPointF wish, QSizeF size)
{
    constexpr qreal margin = 16;
    for (int i = 0; i < mostTries; ++i) {
        const auto inTheWay = scene.nodesIn(QRectF(wish, size).adjusted(-margin, -margin, margin, margin));
        if (inTheWay.empty())
            break;
        wish.setY(scene.bounds(inTheWay).bottom() + 2 * margin);
    }
    return wish;
}

std::vector<NodeId> addedBy(const Edit& edit)
{
    if (const auto* add = std::get_if<AddNode>(&edit.value))
        return {add->id};
    std::vector<NodeId> added;
    if (const auto* several = std::get_if<Several>(&edit.value))
        for (const Edit& part : several->edits)
            for (const NodeId node : addedBy(part))
                added.push_back(node);
    return added;
}

}  // namespace chainrule
