// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/alignment.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal horizon = 900;  // Nodes farther away are no help to the eye.
constexpr std::size_t mostOthers = 400;

bool contains(std::span<const NodeId> nodes, NodeId node)
{
    return std::binary_search(nodes.begin(), nodes.end(), node);
}

}  // namespace

AlignmentTargets::AlignmentTargets(const Scene& scene, std::span<const NodeId> moved) : m_box(scene.bounds(moved))
{
    for (const NodeId node : scene.nodesIn(m_box.adjusted(-horizon, -horizon, horizon, horizon)))
        if (!contains(moved, node))
            m_others.push_back(scene.box(node));
    if (m_others.size() > mostOthers)
        m_others.clear();  // Everything would be in line with something.
    if (moved.size() > mostOthers)
        return;
    for (const NodeId node : moved)
        for (const Link& link : scene.linksOf(node)) {
            const bool isMovedFrom = contains(moved, link.from.node);
            if (isMovedFrom != contains(moved, link.to.node))
                m_links.push_back(isMovedFrom ? StraightLink{scene.at(link.from), scene.at(link.to)}
                                              : StraightLink{scene.at(link.to), scene.at(link.from)});
        }
}

void AlignmentTargets::consider(Snap& best, qreal moved, qreal other, const QLineF& guide) const
{
    if (std::abs(other - moved) < std::abs(best.distance))
        best = {other - moved, guide};
}

AlignmentTargets::Snap AlignmentTargets::horizontal(const QRectF& box, qreal reach) const
{
    Snap best{reach, {}};
    for (const QRectF& other : m_others) {
        const auto guideAt = [&](qreal x) {
            return QLineF(x, std::min(box.top(), other.top()), x, std::max(box.bottom(), other.bottom()));
        };
        consider(best, box.left(), other.left(), guideAt(other.left()));
        consider(best, box.right(), other.right(), guideAt(other.right()));
        consider(best, box.center().x(), other.center().x(), guideAt(other.center().x()));
    }
    return best;
}

AlignmentTargets::Snap AlignmentTargets::vertical(const QRectF& box, QPointF offset, qreal reach) const
{
    Snap best{reach, {}};
    for (const StraightLink& link : m_links)  // First: of two equally near, the straight link is shown.
        consider(best, link.moved.y() + offset.y(), link.other.y(),
                 QLineF(link.moved.x() + offset.x(), link.other.y(), link.other.x(), link.other.y()));
    for (const QRectF& other : m_others) {
        const auto guideAt = [&](qreal y) {
            return QLineF(std::min(box.left(), other.left()), y, std::max(box.right(), other.right()), y);
        };
        consider(best, box.top(), other.top(), guideAt(other.top()));
        consider(best, box.bottom(), other.bottom(), guideAt(other.bottom()));
        consider(best, box.center().y(), other.center().y(), guideAt(other.center().y()));
    }
    return best;
}

Alignment AlignmentTargets::aligned(QPointF offset, qreal reach) const
{
    Alignment alignment;
    const QRectF box = m_box.translated(offset);
    const Snap x = horizontal(box, reach);
    if (std::abs(x.distance) < reach)
        alignment.correction.setX(x.distance);
    const Snap y = vertical(box, offset, reach);
    if (std::abs(y.distance) < reach)
        alignment.correction.setY(y.distance);
    // A guide of one direction ends at the box as the other direction moves it.
    if (std::abs(x.distance) < reach)
        alignment.guides.push_back(horizontal(box.translated(alignment.correction), reach).guide);
    if (std::abs(y.distance) < reach)
        alignment.guides.push_back(
            vertical(box.translated(alignment.correction), offset + alignment.correction, reach).guide);
    return alignment;
}

}  // namespace chainrule
