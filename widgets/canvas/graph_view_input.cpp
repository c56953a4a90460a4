// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"

#include <QKeyEvent>
#include <QMouseEvent>

namespace chainrule {

void GraphView::mousePressEvent(QMouseEvent* event)
{
    if (panPress(event))
        return;
    const Hit hit = m_scene.hit(toScene(event->position()), reach());
    if (hit.part == Hit::Part::Empty || hit.part == Hit::Part::Link)
        select({});
    else
        select({hit.node});
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    if (!panMove(event) && event->buttons() == Qt::NoButton)
        hover(event->position());
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    panRelease(event);
}

void GraphView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
        return spacePressed();
    QWidget::keyPressEvent(event);
}

void GraphView::keyReleaseEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat())
        spaceReleased();
    QWidget::keyReleaseEvent(event);
}

void GraphView::searchOps() {}
void GraphView::editName(NodeId) {}
void GraphView::editLiteral(NodeId) {}

}  // namespace chainrule
