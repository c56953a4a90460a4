// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"
#include "widgets/canvas/scene_painter.h"

#include <QSizeF>

namespace chainrule {

/// The whole canvas with some air around it, for a file. It shares nothing with a view: any thread may make one, and
/// the one that made it paint it.
class CanvasPicture {
public:
    /// With all values, also of tensors that take long to read.
    CanvasPicture(const Diagram& diagram, const Moment& moment);

    const Scene& scene() const { return m_scene; }
    /// In scene units.
    QSizeF size() const;
    /// From the painter's origin on, `scale` pixels for each unit; vectors where the painter makes such.
    void paint(QPainter& painter, const Theme& theme, qreal scale = 1);

private:
    Scene m_scene;
    ScenePainter m_painter;
};

}  // namespace chainrule
