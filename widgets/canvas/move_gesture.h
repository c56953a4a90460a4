// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/alignment.h"
#include "widgets/canvas/gesture.h"
#include "widgets/canvas/insertion.h"

#include <QCoreApplication>

#include <vector>

namespace chainrule {

/// Dragging nodes about. They give way to stand in line with others, with Shift on the grid; a single node
/// that is dropped on a link goes between, unless Alt is held.
class MoveGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(MoveGesture)
public:
    /// `nodes`: by ascending id, `held` among them; `scale` of the view, for what is near.
    MoveGesture(const Scene& scene, std::vector<NodeId> nodes, NodeId held, QPointF position, qreal scale,
                Objection objection);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    Outcome release() override;
    std::span<const NodeId> moved() const override { return m_nodes; }
    QPointF offset() const override { return m_offset; }
    QString hint() const override;
    Qt::CursorShape cursor() const override { return Qt::ClosedHandCursor; }

private:
    const Scene& m_scene;
    const std::vector<NodeId> m_nodes;
    const AlignmentTargets m_neighbours;
    const Objection m_objection;
    const QPointF m_from;
    const qreal m_reach;
    QPointF m_heldAt;  // The held node's corner before.
    std::vector<Positions::Entry> m_before;
    QPointF m_offset;
    std::vector<QLineF> m_guides;
    std::optional<Insertion> m_insertion;
};

}  // namespace chainrule
