// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"

#include <QCoreApplication>
#include <QRectF>

#include <vector>

namespace chainrule {

/// A rubber band: selects what it touches, with Shift in addition, with Ctrl the other way round.
class BandGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(BandGesture)
public:
    /// `selected` before, by ascending id.
    BandGesture(const Scene& scene, std::vector<NodeId> selected, QPointF position);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    Outcome release() override { return Select{m_selected}; }
    QString hint() const override;

private:
    const Scene& m_scene;
    const std::vector<NodeId> m_before;
    const QPointF m_from;
    QRectF m_band;
    std::vector<NodeId> m_selected;
};

}  // namespace chainrule
