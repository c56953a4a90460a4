// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_curve.h"

#include <QLineF>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

constexpr qreal shortestArm = 36;  // How far a link goes straight before it turns, at least
constexpr qreal longestArm = 220;  // and at most.

/// How far the curve's control points stand from its ends.
qreal arm(QPointF from, QPointF to)
{
    const qreal right = to.x() - from.x();
    const qreal reach = std::hypot(right, to.y() - from.y());
    // A short link has short arms, or it would turn back on itself.
    const qreal wish = right > 0 ? right / 2 : reach / 3;
    return std::clamp(wish, std::min(shortestArm, reach / 2), longestArm);
}

qreal distance(const QLineF& line, QPointF point)
{
    const QPointF along = line.p2() - line.p1();
    const qreal length = QPointF::dotProduct(along, along);
    const qreal t = length > 0 ? QPointF::dotProduct(point - line.p1(), along) / length : 0;
    const QPointF apart = point - line.pointAt(std::clamp(t, 0.0, 1.0));
    return std::hypot(apart.x(), apart.y());
}

}  // namespace

QPolygonF linkCurve(QPointF from, QPointF to)
{
    const QPointF reach(arm(from, to), 0);
    const QPointF first = from + reach;
    const QPointF second = to - reach;
    const qreal bend = std::abs(to.y() - from.y()) + std::max(0.0, from.x() - to.x());
    const int pieces = std::clamp(int(std::sqrt(bend) * 1.5), 1, 40);
    QPolygonF points;
    points.reserve(pieces + 1);
    for (int i = 0; i <= pieces; ++i) {
        const qreal t = qreal(i) / pieces;
        const qreal s = 1 - t;
        points << s * s * s * from + 3 * s * s * t * first + 3 * s * t * t * second + t * t * t * to;
    }
    return points;
}

qreal distance(const QPolygonF& line, QPointF point)
{
    qreal least = std::numeric_limits<qreal>::infinity();
    for (qsizetype i = 1; i < line.size(); ++i)
        least = std::min(least, distance(QLineF(line[i - 1], line[i]), point));
    return least;
}

bool crosses(const QPolygonF& line, QPointF strokeFrom, QPointF strokeTo)
{
    const QLineF stroke(strokeFrom, strokeTo);
    for (qsizetype i = 1; i < line.size(); ++i)
        if (stroke.intersects(QLineF(line[i - 1], line[i])) == QLineF::BoundedIntersection)
            return true;
    return false;
}

}  // namespace chainrule
