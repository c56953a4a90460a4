// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/band_gesture.h"

#include "widgets/canvas/preview.h"

#include <algorithm>
#include <iterator>

namespace chainrule {

BandGesture::BandGesture(const Scene& scene, std::vector<NodeId> selected, QPointF position)
    : m_scene(scene), m_before(std::move(selected)), m_from(position), m_band(position, position)
{
}

void BandGesture::moveTo(QPointF position, Qt::KeyboardModifiers modifiers)
{
    m_band = QRectF(m_from, position).normalized();
    const auto touched = m_scene.nodesIn(m_band);
    m_selected.clear();
    const auto selected = std::back_inserter(m_selected);
    if (modifiers.testFlag(Qt::ControlModifier))
        std::set_symmetric_difference(m_before.begin(), m_before.end(), touched.begin(), touched.end(),
                                      selected);
    else if (modifiers.testFlag(Qt::ShiftModifier))
        std::set_union(m_before.begin(), m_before.end(), touched.begin(), touched.end(), selected);
    else
        m_selected = touched;
}

void BandGesture::paint(QPainter& painter, const Theme& theme, qreal scale) const
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(screenPen(theme.selection, 1.5));
    const QRectF visible = visibleArea(painter);
    const qreal gap = 3 / scale;
    for (const NodeId node : m_selected) {
        const QRectF box = m_scene.box(node).adjusted(-gap, -gap, gap, gap);
        if (box.intersects(visible))
            painter.drawRoundedRect(box, metrics::nodeRadius, metrics::nodeRadius);
    }
    QColor fill = theme.selection;
    fill.setAlphaF(0.12F);
    painter.setBrush(fill);
    painter.setPen(screenPen(theme.selection, 1));
    painter.drawRect(m_band);
}

QString BandGesture::hint() const
{
    const QString count = m_selected.size() == 1 ? tr("1 node") : tr("%1 nodes").arg(m_selected.size());
    return tr("%1; hold Shift to add them to the selection, Ctrl to turn theirs round").arg(count);
}

}  // namespace chainrule
