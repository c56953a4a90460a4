// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/pixel_painter.h"
#include "widgets/canvas/scene.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace chainrule {

/// Dots every 24 units, or sparser ones where these would be too dense, over an area of the scene.
void paintGrid(PixelPainter& painter, const Theme& theme, const QRectF& area, const QTransform& toPixels, qreal ratio);

/// Where frames and notes of the diagram stand.
QRectF frameBox(const Scene& scene, const Frame& frame);
QRectF noteBox(const Note& note);
/// Nodes, frames and notes: all that is drawn.
QRectF contentBounds(const Scene& scene);

/// Frames with their titles, and notes, as far as they touch the area: below links and nodes.
void paintDecoration(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area);

}  // namespace chainrule
