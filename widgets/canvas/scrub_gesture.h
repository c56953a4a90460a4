// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"
#include "widgets/canvas/source_text.h"

#include <QCoreApplication>

#include <string>

namespace chainrule {

/// Dragging to the right or left over a number of a source changes it at once; Shift finely, Ctrl coarsely.
class ScrubGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(ScrubGesture)
public:
    ScrubGesture(const Scene& scene, NodeId node, SourceNumber number, QPointF position, qreal scale);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    Outcome release() override { return {}; }
    std::optional<Edit> live() override;
    std::optional<Edit> undone() const override;
    QString hint() const override;
    bool mayScroll() const override { return false; }
    Qt::CursorShape cursor() const override { return Qt::SizeHorCursor; }

private:
    const Scene& m_scene;
    const NodeId m_node;
    const SourceNumber m_number;
    const SetAttribute m_before;  // What takes the changes back.
    const qreal m_scale;
    QPointF m_last;
    double m_steps = 0;
    double m_grain = 1;  // What steps are rounded to.
    std::string m_shown;  // The text as the document has it.
    bool m_hasChanged = false;
};

}  // namespace chainrule
