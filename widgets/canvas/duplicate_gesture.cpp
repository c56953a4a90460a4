// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/duplicate_gesture.h"

#include "engine/io/fragment.h"
#include "widgets/canvas/preview.h"

namespace chainrule {

DuplicateGesture::DuplicateGesture(const Scene& scene, std::vector<NodeId> nodes, QPointF position)
    : m_scene(scene), m_nodes(std::move(nodes)), m_from(position)
{
}

void DuplicateGesture::moveTo(QPointF position, Qt::KeyboardModifiers modifiers)
{
    m_offset = position - m_from;
    if (modifiers.testFlag(Qt::ShiftModifier))
        m_offset = (m_offset / metrics::gridDots).toPoint() * metrics::gridDots;
}

void DuplicateGesture::paint(QPainter& painter, const Theme& theme, qreal) const
{
    QColor fill = theme.node;
    fill.setAlphaF(0.8F);
    painter.setBrush(fill);
    painter.setFont(fonts::text(13, QFont::DemiBold));
    const QRectF visible = visibleArea(painter);
    for (const NodeId node : m_nodes) {
        const QRectF box = m_scene.box(node).translated(m_offset);
        if (!box.intersects(visible))
            continue;
        painter.setPen(screenPen(theme.selection, 1.5, Qt::DashLine));
        painter.drawRoundedRect(box, metrics::nodeRadius, metrics::nodeRadius);
        painter.setPen(theme.secondary);
        painter.drawText(box, Qt::AlignCenter, QString::fromStdString(m_scene.diagram().graph.at(node).name));
    }
}

Outcome DuplicateGesture::release()
{
    if (m_offset.isNull())
        return {};
    return Edit(duplicated(m_scene.diagram(), m_nodes, {m_offset.x(), m_offset.y()}));
}

QString DuplicateGesture::hint() const
{
    return tr("Release to put a copy here; it stays connected to the same inputs");
}

}  // namespace chainrule
