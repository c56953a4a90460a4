// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"

#include <QCoreApplication>
#include <QPolygonF>

#include <set>

namespace chainrule {

/// A stroke that cuts the links it crosses.
class CutGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(CutGesture)
public:
    CutGesture(const Scene& scene, QPointF position);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    Outcome release() override;
    QString hint() const override;
    Qt::CursorShape cursor() const override { return Qt::CrossCursor; }

private:
    const Scene& m_scene;
    QPolygonF m_stroke;
    std::set<Target> m_cut;
};

/// One edit that takes these links away, which are there.
Edit withoutLinks(const std::set<Target>& links);

}  // namespace chainrule
