// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QPolygonF>
#include <QRectF>

#include <span>
#include <vector>

namespace chainrule {

/// The course of a link: a curve, or several through the bends that a document gives it.
struct LinkPath {
    QPointF from;
    QPointF to;
    std::span<const QPointF> bends = {};

    QPolygonF points() const;
    /// Without its curves, as it is drawn from afar.
    QPolygonF straight() const;
    /// A few areas that together cover it.
    std::vector<QRectF> areas() const;
    QRectF bounds() const;
    qreal distanceTo(QPointF point) const;
};

}  // namespace chainrule
