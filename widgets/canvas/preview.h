// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/theme.h"

#include <QPainter>
#include <QRectF>
#include <QString>

namespace chainrule {

// What gestures draw alike. Painters draw in scene coordinates at `scale`; lines and texts keep their size on
// the screen.

/// The part of the scene that the painter can draw on.
QRectF visibleArea(const QPainter& painter);

/// A line of `pixels` on the screen, whatever the scale.
QPen screenPen(const QColor& colour, qreal pixels, Qt::PenStyle style = Qt::SolidLine);

enum class Side { Below, Above };
/// A few words beside the mouse, wrapped and kept inside the view: on the other side where there is no room.
void paintBubble(QPainter& painter, const Theme& theme, QPointF mouse, const QString& text,
                 const QColor& border, Side side = Side::Below);

}  // namespace chainrule
