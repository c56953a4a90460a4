// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/port.h"
#include "widgets/canvas/wheel.h"

#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QNativeGestureEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int dimAfter = 350;  // Milliseconds.

QString asParagraph(const QString& text)
{
    // As rich text, or else "<AddBackward0>" would be taken for a tag.
    return QStringLiteral("<p style='white-space:pre-wrap'>%1</p>").arg(text.toHtmlEscaped());
}

}  // namespace

bool GraphView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        return showTooltip(help->pos(), help->globalPos());
    }
    if (event->type() == QEvent::ShortcutOverride && isOwnKey(*static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    // Or else it would go on to the next widget; backwards it does.
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Tab
        && static_cast<QKeyEvent*>(event)->modifiers() == Qt::NoModifier) {
        keyPressEvent(static_cast<QKeyEvent*>(event));
        return true;
    }
    if (event->type() == QEvent::NativeGesture && nativeGesture(static_cast<QNativeGestureEvent*>(event)))
        return true;
    return QWidget::event(event);
}

void GraphView::zoomAt(qreal scale, QPointF anchor)
{
    m_camera.zoomTo(scale, anchor);
    cameraChanged();
}

void GraphView::wheelEvent(QWheelEvent* event)
{
    turn(m_camera, *event, m_wheel == Wheel::Zooms ? WheelUse::Zooms : WheelUse::Scrolls);
    cameraChanged();
    event->accept();
}

bool GraphView::nativeGesture(QNativeGestureEvent* event)
{
    switch (event->gestureType()) {
    case Qt::ZoomNativeGesture:
        zoomAt(m_camera.scale() * (1 + event->value()), event->position());
        return true;
    case Qt::SmartZoomNativeGesture:
        if (m_camera.scale() < 1)
            zoomAt(1, event->position());
        else
            frameAll();
        return true;
    case Qt::PanNativeGesture:
        m_camera.panBy(event->delta());
        cameraChanged();
        return true;
    default: return false;
    }
}

bool GraphView::panPress(QMouseEvent* event)
{
    if (m_pan)
        return true;  // Another button while one pans.
    const bool isPan = event->button() == Qt::MiddleButton || event->button() == Qt::RightButton
        || (event->button() == Qt::LeftButton && m_isSpaceHeld);
    if (!isPan || m_gesture)
        return false;
    m_pan = Pan{event->button(), event->position(), event->position()};
    setHovered({});
    if (event->button() != Qt::RightButton)
        setCursor(Qt::ClosedHandCursor);
    return true;
}

bool GraphView::panMove(QMouseEvent* event)
{
    if (!m_pan)
        return false;
    const QPointF moved = event->position() - m_pan->from;
    if (!m_pan->hasMoved && moved.manhattanLength() < QApplication::startDragDistance() / 2.0)
        return true;
    setCursor(Qt::ClosedHandCursor);
    m_pan->hasMoved = true;
    m_hasPannedWithSpace = m_hasPannedWithSpace || m_isSpaceHeld;
    m_camera.panBy(event->position() - m_pan->last);
    m_pan->last = event->position();
    cameraChanged();
    return true;
}

bool GraphView::panRelease(QMouseEvent* event)
{
    if (!m_pan)
        return false;
    if (event->button() != m_pan->button)
        return true;
    const Pan pan = *std::exchange(m_pan, std::nullopt);
    if (m_isSpaceHeld)
        setCursor(Qt::OpenHandCursor);
    else
        unsetCursor();
    if (pan.button == Qt::RightButton && !pan.hasMoved)
        Q_EMIT contextMenuRequested(m_scene.hit(toScene(pan.from), reach()), event->globalPosition().toPoint());
    return true;
}

void GraphView::spacePressed()
{
    if (m_isSpaceHeld)
        return;
    m_isSpaceHeld = true;
    m_hasPannedWithSpace = false;
    if (!m_gesture)
        setCursor(Qt::OpenHandCursor);
}

bool GraphView::spaceReleased()
{
    m_isSpaceHeld = false;
    if (!m_pan)
        unsetCursor();
    return !m_hasPannedWithSpace && !m_pan;
}

void GraphView::hover(QPointF position)
{
    const Hit hit = m_scene.hit(toScene(position), reach());
    const bool isNode = hit.part != Hit::Part::Empty && hit.part != Hit::Part::Link;
    setHovered(isNode ? hit.node : NodeId());
}

void GraphView::setHovered(NodeId node)
{
    if (node == m_hovered)
        return;
    m_hovered = node;
    m_isDimmed = false;
    m_dimTimer.stop();
    if (node != NodeId())
        m_dimTimer.start(dimAfter, this);
    update();
    Q_EMIT hovered(node);
}

void GraphView::leaveEvent(QEvent*)
{
    setHovered({});
    if (!m_gesture)
        hoverPart({});
}

void GraphView::timerEvent(QTimerEvent* event)
{
    if (event->timerId() == m_edgeTimer.timerId())
        return scrollAtEdge();
    if (event->timerId() == m_settleTimer.timerId()) {
        m_settleTimer.stop();
        return update();
    }
    if (event->timerId() != m_dimTimer.timerId())
        return QWidget::timerEvent(event);
    m_dimTimer.stop();
    m_isDimmed = m_hovered != NodeId() && !m_scene.wiresOf(m_hovered).empty();
    update();
}

QString GraphView::tooltipAt(QPointF position) const
{
    const Hit hit = m_scene.hit(toScene(position), reach());
    switch (hit.part) {
    case Hit::Part::Empty: return {};
    case Hit::Part::Input: return fullPortName(m_scene, hit.target);
    case Hit::Part::Output: return fullPortName(m_scene, hit.output);
    case Hit::Part::Link: return linkTooltip(m_scene, hit.target);
    default: break;
    }
    QStringList lines{m_scene.face(hit.node).tooltip};
    if (const NodeHealth* const health = m_scene.health(hit.node))
        lines << findingWords(*health) << healthWords(*health);
    if (const NodeCheck* const check = m_scene.check(hit.node))
        lines << check->words;
    if (m_scene.hasBreakpoint(hit.node))
        lines << tr("A breakpoint: play stops here.");
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

bool GraphView::showTooltip(QPoint position, QPoint global)
{
    const QString text = m_gesture || m_pan ? QString() : tooltipAt(position);
    if (text.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(global, asParagraph(text), this);
    return true;
}

}  // namespace chainrule
