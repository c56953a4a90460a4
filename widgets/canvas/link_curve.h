// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QPolygonF>

namespace chainrule {

/// How a link runs from an output to an input, in scene coordinates: a curve that leaves and arrives
/// horizontally, as the points of a line. The same for painting it, hitting it and cutting it.
QPolygonF linkCurve(QPointF from, QPointF to);

/// The least distance of a point from a line through points; infinite from none.
qreal distance(const QPolygonF& line, QPointF point);

/// Whether a straight stroke crosses the line.
bool crosses(const QPolygonF& line, QPointF strokeFrom, QPointF strokeTo);

}  // namespace chainrule
