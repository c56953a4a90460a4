// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"

#include <QCoreApplication>

#include <vector>

namespace chainrule {

/// Dragging a copy of nodes away; the copy keeps what they are connected to.
class DuplicateGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(DuplicateGesture)
public:
    DuplicateGesture(const Scene& scene, std::vector<NodeId> nodes, QPointF position);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    Outcome release() override;
    QString hint() const override;
    Qt::CursorShape cursor() const override { return Qt::DragCopyCursor; }

private:
    const Scene& m_scene;
    const std::vector<NodeId> m_nodes;
    const QPointF m_from;
    QPointF m_offset;
};

}  // namespace chainrule
