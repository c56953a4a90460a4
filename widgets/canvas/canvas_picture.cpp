// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/canvas_picture.h"

#include "widgets/canvas/decoration_painter.h"

namespace chainrule {
namespace {

constexpr qreal margin = 24;

}  // namespace

CanvasPicture::CanvasPicture(const Diagram& diagram, const Moment& moment)
{
    m_scene.show(diagram, wholeOf(diagram));
    m_scene.show(moment);
    for (const NodeId id : diagram.graph.ids())
        m_scene.face(id);  // Asks for what it shows.
    m_scene.panels().finish();
    m_scene.takePanels();
}

QSizeF CanvasPicture::size() const
{
    return contentBounds(m_scene).size() + QSizeF(2 * margin, 2 * margin);
}

void CanvasPicture::paint(QPainter& painter, const Theme& theme, qreal scale)
{
    painter.save();
    painter.fillRect(QRectF(QPointF(), size() * scale), theme.canvas);
    painter.scale(scale, scale);
    painter.translate(QPointF(margin, margin) - contentBounds(m_scene).topLeft());
    m_painter.paintAll(painter, theme, m_scene, scale);
    painter.restore();
}

}  // namespace chainrule
