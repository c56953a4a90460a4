// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/preview.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal widest = 340;
constexpr qreal padding = 8;
constexpr QPointF besideMouse(16, 18);

}  // namespace

QRectF visibleArea(const QPainter& painter)
{
    return painter.worldTransform().inverted().mapRect(QRectF(painter.viewport()));
}

QPen screenPen(const QColor& colour, qreal pixels, Qt::PenStyle style)
{
    QPen pen(colour, pixels, style, Qt::RoundCap, Qt::RoundJoin);
    pen.setCosmetic(true);
    return pen;
}

void paintBubble(QPainter& painter, const Theme& theme, QPointF mouse, const QString& text,
                 const QColor& border, Side side)
{
    painter.save();
    const QRectF view(painter.viewport());
    const QPointF at = painter.worldTransform().map(mouse);
    painter.resetTransform();
    painter.setFont(fonts::text(12));
    const QFontMetricsF metrics(painter.font(), painter.device());
    const int flags = Qt::TextWordWrap | Qt::AlignLeft;
    const QSizeF words = metrics.boundingRect(QRectF(0, 0, widest, 1000), flags, text).size();
    QRectF box(at + besideMouse, QSizeF(std::ceil(words.width()), std::ceil(words.height()))
                                     + QSizeF(2 * padding, 2 * padding));
    if (box.right() > view.right() - padding)
        box.moveRight(std::max(at.x() - besideMouse.x(), box.width() + padding));
    if (side == Side::Above || box.bottom() > view.bottom() - padding)
        box.moveBottom(at.y() - besideMouse.y());
    if (box.top() < view.top() + padding)
        box.moveTop(at.y() + besideMouse.y());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(border, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), metrics::controlRadius,
                            metrics::controlRadius);
    painter.setPen(theme.text);
    painter.drawText(box.adjusted(padding, padding, -padding, -padding), flags, text);
    painter.restore();
}

}  // namespace chainrule
