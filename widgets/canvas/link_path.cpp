// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_path.h"

#include "widgets/canvas/link_curve.h"

#include <algorithm>

namespace chainrule {

QPolygonF LinkPath::points() const
{
    if (bends.empty())
        return linkCurve(from, to);
    QPolygonF points;
    QPointF start = from;
    for (const QPointF bend : bends) {
        points += linkCurve(start, bend);
        start = bend;
    }
    return points + linkCurve(start, to);
}

QPolygonF LinkPath::straight() const
{
    QPolygonF points{from};
    for (const QPointF bend : bends)
        points << bend;
    return points << to;
}

std::vector<QRectF> LinkPath::areas() const
{
    constexpr qsizetype piecesEach = 8;  // Of the line for each area: a grid holds few areas of little emptiness.
    const QPolygonF line = points();
    std::vector<QRectF> areas;
    for (qsizetype i = 0; i + 1 < line.size(); i += piecesEach) {
        QRectF area(line[i], QSizeF());
        for (qsizetype k = i + 1; k <= std::min(i + piecesEach, line.size() - 1); ++k) {
            area.setLeft(std::min(area.left(), line[k].x()));
            area.setRight(std::max(area.right(), line[k].x()));
            area.setTop(std::min(area.top(), line[k].y()));
            area.setBottom(std::max(area.bottom(), line[k].y()));
        }
        areas.push_back(area.adjusted(-1, -1, 1, 1));
    }
    return areas;
}

QRectF LinkPath::bounds() const
{
    QRectF bounds;
    for (const QRectF& area : areas())
        bounds |= area;
    return bounds;
}

qreal LinkPath::distanceTo(QPointF point) const
{
    return distance(points(), point);
}

}  // namespace chainrule
