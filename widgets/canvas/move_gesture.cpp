// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/move_gesture.h"

#include "widgets/canvas/port.h"
#include "widgets/canvas/preview.h"

#include <cmath>

namespace chainrule {
namespace {

constexpr qreal snapReach = 6;  // On the screen.

qreal onGrid(qreal value)
{
    return std::round(value / metrics::gridDots) * metrics::gridDots;
}

}  // namespace

MoveGesture::MoveGesture(const Scene& scene, std::vector<NodeId> nodes, NodeId held, QPointF position,
                         qreal scale, Objection objection)
    : m_scene(scene), m_nodes(std::move(nodes)), m_neighbours(scene, m_nodes),
      m_objection(std::move(objection)), m_from(position), m_reach(snapReach / scale),
      m_heldAt(scene.box(held).topLeft())
{
    m_before.reserve(m_nodes.size());
    for (const NodeId node : m_nodes) {
        const QPointF corner = scene.box(node).topLeft();
        m_before.push_back({node, {corner.x(), corner.y()}});
    }
}

void MoveGesture::moveTo(QPointF position, Qt::KeyboardModifiers modifiers)
{
    m_offset = position - m_from;
    m_guides.clear();
    m_insertion.reset();
    if (m_nodes.size() == 1 && !modifiers.testFlag(Qt::AltModifier))
        m_insertion = insertionAt(m_scene, m_nodes.front(), m_offset, m_objection);
    if (modifiers.testFlag(Qt::ShiftModifier)) {
        const QPointF corner = m_heldAt + m_offset;
        m_offset += QPointF(onGrid(corner.x()), onGrid(corner.y())) - corner;
    } else if (!m_insertion) {
        Alignment alignment = m_neighbours.aligned(m_offset, m_reach);
        m_offset += alignment.correction;
        m_guides = std::move(alignment.guides);
    }
}

void MoveGesture::paint(QPainter& painter, const Theme& theme, qreal) const
{
    painter.setPen(screenPen(theme.selection, 1, Qt::DashLine));
    for (const QLineF& guide : m_guides)
        painter.drawLine(guide);
    if (!m_insertion)
        return;
    painter.setPen(screenPen(theme.selection, 3));
    painter.drawPolyline(linkTo(m_scene, m_insertion->link.to));
}

Outcome MoveGesture::release()
{
    if (m_insertion)
        return inserted(m_scene, *m_insertion, m_offset);
    if (m_offset.isNull())
        return {};
    MoveNodes move{m_before};
    for (Positions::Entry& entry : move.positions) {
        entry.point.x += m_offset.x();
        entry.point.y += m_offset.y();
    }
    return Edit(std::move(move));
}

QString MoveGesture::hint() const
{
    if (m_insertion)
        return tr("Release to put the node into the link; hold Alt to leave the link alone");
    return tr("Hold Shift to keep to the grid");
}

}  // namespace chainrule
