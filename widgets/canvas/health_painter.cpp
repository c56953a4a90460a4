// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/node_painter.h"

#include <algorithm>

namespace chainrule {
namespace {

using Finding = NodeHealth::Finding;

QColor colourOf(const Theme& theme, Finding finding)
{
    switch (finding) {
    case Finding::NotFinite: return theme.nan;
    case Finding::Exploding: return theme.error;
    default: return theme.secondary;
    }
}

/// A sign for each finding, in a square of 8 around the origin: a cross, arrows up and down, a bar, a level that is full.
void paintSign(QPainter& painter, const QColor& colour, Finding finding)
{
    painter.setPen(QPen(colour, 1.5));
    painter.setBrush(colour);
    const QPointF up[] = {{-4, 3.5}, {4, 3.5}, {0, -4}};
    const QPointF down[] = {{-4, -3.5}, {4, -3.5}, {0, 4}};
    switch (finding) {
    case Finding::Healthy: return;
    case Finding::NotFinite:
        painter.drawLine(QPointF(-3.5, -3.5), QPointF(3.5, 3.5));
        painter.drawLine(QPointF(-3.5, 3.5), QPointF(3.5, -3.5));
        return;
    case Finding::Exploding: painter.drawConvexPolygon(up, 3); return;
    case Finding::Vanishing: painter.drawConvexPolygon(down, 3); return;
    case Finding::Zero:
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(QPointF(), 3.5, 3.5);
        painter.drawLine(QPointF(-3, 4), QPointF(3, -4));
        return;
    case Finding::Dead: painter.drawRect(QRectF(-4, -1, 8, 2)); return;
    case Finding::Saturated:
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(-4, -4, 8, 8));
        painter.fillRect(QRectF(-4, -4, 8, 4), colour);
        return;
    }
}

}  // namespace

/// A ring tinted by the norm, and a pill on the lower edge that says what is wrong.
void NodePainter::paintHealth(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look)
{
    const NodeHealth* const health = scene.health(node);
    if (!health)
        return;
    constexpr qreal gap = 4;
    const QRectF box(QPointF(), scene.box(node).size());
    const Finding finding = health->finding();
    if (health->norm || finding != Finding::Healthy) {
        const QColor tint = finding == Finding::NotFinite ? theme.nan : theme.cell(health->tint(scene.healthLimits()));
        QPen ring(tint, finding == Finding::Healthy ? 3 : 4);
        if (finding == Finding::Vanishing || finding == Finding::Zero)
            ring.setDashPattern({2, 1.2});
        painter.setBrush(Qt::NoBrush);
        for (const QPen& pen : {QPen(theme.nodeLine, ring.widthF() + 1), ring}) {  // Its edge: near 1 it is all but as the canvas.
            painter.setPen(pen);
            painter.drawRoundedRect(box.adjusted(-gap, -gap, gap, gap), metrics::nodeRadius + gap, metrics::nodeRadius + gap);
        }
    }
    const QString words = findingWords(*health);
    if (words.isEmpty() || look.detail != Detail::Full)
        return;
    const QColor colour = colourOf(theme, finding);
    QRectF pill(0, 0, m_badge.width(words) + 32, 20);
    pill.moveCenter({box.width() / 2, box.bottom() + gap});
    painter.setPen(QPen(colour, 1));
    painter.setBrush(theme.canvas);
    painter.drawRoundedRect(pill, 10, 10);
    painter.setPen(theme.text);
    m_badge.draw(painter, {pill.left() + 22, pill.center().y() + 3.5}, words);
    painter.translate(pill.left() + 13, pill.center().y());
    paintSign(painter, colour, finding);
    painter.translate(-pill.left() - 13, -pill.center().y());
}

}  // namespace chainrule
