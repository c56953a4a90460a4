// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/insertion.h"

#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/port.h"
#include "widgets/canvas/selection_edits.h"

#include <QCoreApplication>

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal room = 48;  // Between nodes that a link joins.

std::optional<Target> openInput(const Scene& scene, NodeId node)
{
    for (const Target& input : scene.inputs(node))
        if (!scene.connected(input))
            return input;
    return std::nullopt;
}

/// `output`, if no link begins there.
std::optional<Source> unusedOutput(const Scene& scene, NodeId node)
{
    const auto outputs = scene.outputs(node);
    if (outputs.empty())
        return std::nullopt;
    for (const Link& link : scene.linksOf(node))
        if (link.from.node == node)
            return std::nullopt;
    return scene.source(outputs.front());
}

Positions::Entry placed(NodeId node, QPointF corner)
{
    return {node, {corner.x(), corner.y()}};
}

}  // namespace

std::optional<Insertion> insertionAt(const Scene& scene, NodeId node, QPointF offset,
                                     const Objection& objection)
{
    const auto input = openInput(scene, node);
    const auto output = unusedOutput(scene, node);
    if (!input || !output)
        return std::nullopt;
    const QRectF box = scene.box(node).translated(offset);
    const qreal reach =
        std::min(box.width(), box.height()) / 3;  // The link runs through the middle of the node.
    std::optional<Insertion> nearest;
    qreal least = reach;
    for (const Link& link : scene.linksIn(box)) {
        if (link.from.node == node || link.to.node == node)
            continue;
        const qreal apart = distance(linkTo(scene, link.to), box.center());
        if (apart < least) {
            least = apart;
            nearest = Insertion{node, link, *input, *output};
        }
    }
    if (nearest && (objection({nearest->link.from, *input}) || objection({*output, nearest->link.to})))
        return std::nullopt;
    return nearest;
}

Edit inserted(const Scene& scene, const Insertion& insertion, QPointF offset)
{
    QRectF box = scene.box(insertion.node).translated(offset);
    const qreal left = scene.box(insertion.link.from.node).right() + room;
    const QRectF next = scene.box(insertion.link.to.node);
    // Only where the link runs to the right: one that runs back has no room to make.
    const bool runsRight = next.left() >= left - room;
    if (runsRight && box.left() < left)
        box.moveLeft(left);
    MoveNodes move;
    const qreal aside = runsRight ? box.right() + room - next.left() : 0;
    if (aside > 0)
        for (const NodeId node : reached(scene, insertion.link.to.node, Way::Downstream))
            if (node != insertion.node)
                move.positions.push_back(placed(node, scene.box(node).topLeft() + QPointF(aside, 0)));
    const auto entry = placed(insertion.node, box.topLeft());
    const auto place = std::lower_bound(move.positions.begin(), move.positions.end(), entry,
                                        [](const auto& a, const auto& b) { return a.node < b.node; });
    move.positions.insert(place, entry);
    const QString title = QCoreApplication::translate("Insertion", "Insert into Link");
    return Several{title.toStdString(),
                   {std::move(move), Connect{insertion.link.from, insertion.input},
                    Connect{insertion.output, insertion.link.to}}};
}

}  // namespace chainrule
