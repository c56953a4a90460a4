// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"
#include "widgets/palette/op_ranking.h"

#include <QDragEnterEvent>
#include <QMimeData>

namespace chainrule {
namespace {

const Op* draggedOp(const QMimeData& data)
{
    return findOp(data.data(QLatin1String(opMimeType)).toStdString());
}

QList<QUrl> localFiles(const QMimeData& data)
{
    QList<QUrl> files;
    for (const QUrl& url : data.urls())
        if (url.isLocalFile())
            files << url;
    return files;
}

}  // namespace

bool GraphView::mayDrop(const QMimeData& dragged) const
{
    return draggedOp(dragged) || !localFiles(dragged).isEmpty() || dragged.hasText();
}

void GraphView::dragEnterEvent(QDragEnterEvent* event)
{
    if (!mayDrop(*event->mimeData()))
        return event->ignore();
    event->acceptProposedAction();
    m_mouse = event->position();
    m_isDropping = true;
    setHovered({});
    if (const auto files = localFiles(*event->mimeData()); !files.isEmpty()) {
        Q_EMIT filesHovered(files);
        hoverFiles(event->position());
    }
    update();
}

void GraphView::dragMoveEvent(QDragMoveEvent* event)
{
    m_mouse = event->position();
    event->acceptProposedAction();
    if (!localFiles(*event->mimeData()).isEmpty())
        hoverFiles(event->position());
    update();
}

/// A node whose data a file may replace glows.
void GraphView::hoverFiles(QPointF position)
{
    const Hit hit = m_scene.hit(toScene(position), 0);
    const bool isNode = hit.part != Hit::Part::Empty && hit.part != Hit::Part::Link;
    const Op* op = isNode ? findOp(m_scene.diagram().graph.at(hit.node).op) : nullptr;
    m_dropNode = op && op->readsFile ? hit.node : NodeId();
}

void GraphView::endDrop()
{
    m_isDropping = false;
    m_dropNode = {};
    showHoverText({});
}

void GraphView::dragLeaveEvent(QDragLeaveEvent*)
{
    Q_EMIT filesHovered({});
    endDrop();
}

void GraphView::dropEvent(QDropEvent* event)
{
    const QMimeData& dropped = *event->mimeData();
    const NodeId onNode = m_dropNode;
    const QPointF position = event->position();
    m_mouse = position;
    Q_EMIT filesHovered({});
    endDrop();
    event->acceptProposedAction();
    setFocus(Qt::MouseFocusReason);
    if (const Op* op = draggedOp(dropped)) {
        const QPointF at =
            toScene(position) - QPointF(face_metrics::width / 2, face_metrics::titleHeight / 2);
        request(newNode(m_scene.diagram(), *op, {at.x(), at.y()}));
    } else if (const auto files = localFiles(dropped); !files.isEmpty()) {
        Q_EMIT filesDropped(files, toScene(position), onNode);
    } else if (dropped.hasText()) {
        paste(dropped.text(), position);
    }
}

}  // namespace chainrule
