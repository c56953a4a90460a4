// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/decoration_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>

#include <cmath>

namespace chainrule {
namespace {

constexpr qreal frameMargin = 20;
constexpr qreal frameTitle = 28;
constexpr qreal notePadding = 12;

QFont noteFont()
{
    return fonts::text(13);
}

QString frameText(const Frame& frame)
{
    const QString title = QString::fromStdString(frame.title);
    return frame.noGrad ? title + QStringLiteral(" · torch.no_grad()") : title;
}

}  // namespace

void paintGrid(PixelPainter& painter, const Theme& theme, const QRectF& area, const QTransform& toPixels, qreal ratio)
{
    const qreal scale = toPixels.m11() / ratio;
    qreal spacing = metrics::gridDots;
    while (spacing * scale < 14)
        spacing *= 4;
    // A level fades out as its dots come close to one another.
    QColor colour = theme.gridDot;
    colour.setAlphaF(float(std::clamp((spacing * scale - 10) / 12, 0.35, 1.0)));
    for (qreal y = std::floor(area.top() / spacing) * spacing; y <= area.bottom(); y += spacing)
        for (qreal x = std::floor(area.left() / spacing) * spacing; x <= area.right(); x += spacing)
            painter.dot(toPixels.map(QPointF(x, y)), 0.75 * ratio, colour);
}

QRectF frameBox(const Scene& scene, const Frame& frame)
{
    QRectF box;
    for (const NodeId id : frame.nodes)
        if (scene.contains(id))
            box |= scene.box(id);
    return box.isEmpty() ? box : box.adjusted(-frameMargin, -frameMargin - frameTitle + 8, frameMargin, frameMargin);
}

QRectF noteBox(const Note& note)
{
    const QPointF corner(note.position.x, note.position.y);
    if (note.size)
        return {corner, QSizeF(note.size->width, note.size->height)};
    const QRectF text = QFontMetricsF(noteFont()).boundingRect(QRectF(0, 0, 320, 10000), Qt::TextWordWrap,
                                                              QString::fromStdString(note.text));
    return {corner, text.size() + QSizeF(2 * notePadding, 2 * notePadding)};
}

QRectF contentBounds(const Scene& scene)
{
    QRectF bounds = scene.bounds();
    for (const Frame& frame : scene.diagram().graph.frames)
        bounds |= frameBox(scene, frame);
    for (const Note& note : scene.diagram().layout.notes)
        bounds |= noteBox(note);
    return bounds;
}

void paintDecoration(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area)
{
    for (const Frame& frame : scene.diagram().graph.frames) {
        const QRectF box = frameBox(scene, frame);
        if (!box.intersects(area))
            continue;
        painter.setPen(QPen(theme.line, 1));  // Not dashed: Qt's dashes begin where the part to be drawn does.
        painter.setBrush(theme.raised);
        painter.drawRoundedRect(box, 12, 12);
        painter.setPen(theme.secondary);
        painter.setFont(fonts::text(12, QFont::DemiBold));
        painter.drawText(QRectF(box.left() + 14, box.top() + 6, box.width() - 28, 20), Qt::AlignVCenter,
                         frameText(frame));
    }
    for (const Note& note : scene.diagram().layout.notes) {
        const QRectF box = noteBox(note);
        if (!box.intersects(area))
            continue;
        painter.setPen(QPen(theme.line, 1));
        painter.setBrush(theme.panel);
        painter.drawRoundedRect(box, metrics::controlRadius, metrics::controlRadius);
        painter.setPen(theme.text);
        painter.setFont(noteFont());
        painter.drawText(box.adjusted(notePadding, notePadding, -notePadding, -notePadding), Qt::TextWordWrap,
                         QString::fromStdString(note.text));
    }
}

}  // namespace chainrule
