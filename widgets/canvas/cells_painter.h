// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/panel.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace chainrule {

/// One cell with its tint: zero is hatched, NaN crossed, an infinity a triangle that points up or down.
void paintCell(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box);
/// The same for a cell that bears its number: without the marks of NaN and infinity, which would cross their words.
void paintCellOfNumber(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box);
/// That in which a number on the cell is read best.
QColor textColour(const Theme& theme, const Cell& cell);
/// All cells of a heat map; `pixels` of the device for each unit decide whether marks fit into cells.
void paintHeatMap(QPainter& painter, const Theme& theme, const Panel& panel, const QRectF& area, qreal pixels);

}  // namespace chainrule
