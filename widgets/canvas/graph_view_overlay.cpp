// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/graph_view_accessible.h"
#include "widgets/canvas/preview.h"

namespace chainrule {
namespace {

constexpr qreal ring = 4;  // Pixels between a node or port and what is drawn around it.

void paintRing(QPainter& painter, const QColor& colour, QPointF port, qreal scale)
{
    const qreal radius = face_metrics::portRadius + ring / scale;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(screenPen(colour, 2));
    painter.drawEllipse(port, radius, radius);
}

void paintAround(QPainter& painter, const QRectF& box, qreal scale)
{
    const qreal gap = ring / scale;
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.adjusted(-gap, -gap, gap, gap), metrics::nodeRadius + gap,
                            metrics::nodeRadius + gap);
}

}  // namespace

void GraphView::setShowsGradients(bool shows)
{
    m_painter.setShowsGradients(shows);
    repaintAll();
}

void GraphView::showHealth(std::shared_ptr<const HealthByNode> health, const HealthOptions& limits)
{
    if (!health && !m_scene.showsHealth())
        return;
    m_scene.show(std::move(health), limits);
    announceDescription(*this);
    repaintAll();
}

void GraphView::showChecks(CheckByNode checks)
{
    const std::vector<NodeId> changed = m_scene.show(std::move(checks));
    if (changed.empty())
        return;
    announceDescription(*this);
    repaintNodes(changed);
}

void GraphView::showBreakpoints(const std::vector<NodeId>& nodes)
{
    m_scene.mark(nodes);
    announceDescription(*this);
    repaintAll();
}

void GraphView::pointAt(NodeId node)
{
    if (node == m_pointedAt)
        return;
    m_pointedAt = node;
    update();
}

void GraphView::paintInput(QPainter& painter, const Theme& theme, const Sight& sight)
{
    painter.save();
    painter.setTransform(sight.transform());
    const qreal scale = m_camera.scale();
    if (m_link) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(screenPen(theme.selection, 3));
        painter.drawPolyline(linkTo(m_scene, *m_link));
        paintRing(painter, theme.selection, m_scene.at(*m_link), scale);
        if (const auto source = m_scene.connected(*m_link))
            paintRing(painter, theme.selection, m_scene.at(*source), scale);
    }
    if (m_picked.output)
        paintRing(painter, theme.value, m_scene.at(*m_picked.output), scale);
    if (m_picked.input)
        paintRing(painter, theme.value, m_scene.at(*m_picked.input), scale);
    if (m_scene.contains(m_dropNode)) {
        painter.setPen(screenPen(theme.value, 3));
        paintAround(painter, m_scene.box(m_dropNode), scale);
    }
    if (m_scene.contains(m_pointedAt)) {
        painter.setPen(screenPen(theme.gradient, 2.5));
        paintAround(painter, m_scene.box(m_pointedAt), scale);
    }
    if (!m_gesture && !m_pan && m_scene.contains(m_hoveredPart.node) && explainable(m_hoveredPart)) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(screenPen(theme.text, 1.5));
        const QRectF cell = gradientCellBox(m_scene, m_hoveredPart).adjusted(0, 0, -1, -1);
        painter.drawRoundedRect(cell, metrics::cellRadius, metrics::cellRadius);
    }
    if (m_showsFocus && hasFocus() && !m_gesture && m_scene.contains(m_current)) {
        painter.setPen(screenPen(theme.text, 1.5, Qt::DotLine));
        paintAround(painter, m_scene.box(m_current), scale);
    }
    painter.restore();
    if (m_isDropping && m_dropNode == NodeId()) {
        painter.setPen(screenPen(theme.value, 2, Qt::DashLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(1, 1, -1, -1));
    }
}

}  // namespace chainrule
