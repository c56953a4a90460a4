// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"

#include <QLineF>
#include <QPointF>
#include <QRectF>

#include <span>
#include <vector>

namespace chainrule {

/// By how much nodes that are moved should give way to stand in line with others, and the lines that show it.
struct Alignment {
    QPointF correction = {};
    std::vector<QLineF> guides = {};
};

/// What nodes that are moved may stand in line with: edges and middles of the nodes around them, and heights
/// at which a link to one of these would be straight. Collected once, when a drag begins.
class AlignmentTargets {
public:
    AlignmentTargets(const Scene& scene, std::span<const NodeId> moved);

    /// For the moved nodes displaced by `offset`; only what is nearer than `reach` counts.
    Alignment aligned(QPointF offset, qreal reach) const;

private:
    /// A height at which a port of a moved node meets the port of one that stays.
    struct StraightLink {
        QPointF moved;
        QPointF other;
    };
    struct Snap {
        qreal distance;
        QLineF guide;
    };
    void consider(Snap& best, qreal moved, qreal other, const QLineF& guide) const;
    Snap horizontal(const QRectF& box, qreal reach) const;
    Snap vertical(const QRectF& box, QPointF offset, qreal reach) const;

    QRectF m_box;  // Of the moved nodes, where they stood.
    std::vector<QRectF> m_others;
    std::vector<StraightLink> m_links;
};

}  // namespace chainrule
