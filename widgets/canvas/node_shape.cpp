// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/node_shape.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

using namespace face_metrics;

namespace {

constexpr int mostNumbers = 6;  // Along each side.
constexpr int mostCells = 64;   // Likewise, of a heat map.

int blocks(std::int64_t count, int& block)
{
    block = int((count + mostCells - 1) / mostCells);
    return int((count + block - 1) / block);
}

/// Cells are square unless that would make the panel too flat or too narrow to see.
QSizeF heatMapSize(int rows, int columns)
{
    const qreal ratio = qreal(rows) / columns;
    return {std::round(std::clamp(panelHeight / ratio, rowHeight, panelWidth)),
            std::round(std::clamp(panelWidth * ratio, rowHeight, panelHeight))};
}

}  // namespace

PanelGrid panelGrid(const Shape& shape)
{
    PanelGrid grid;
    const std::size_t rank = shape.size();
    if (std::ranges::find(shape, 0) != shape.end())
        return {.rows = 0, .columns = 0, .rowCount = 0, .columnCount = 0, .size = {panelWidth, rowHeight}};
    grid.columnCount = rank > 0 ? shape[rank - 1] : 1;
    grid.rowCount = rank > 1 ? shape[rank - 2] : 1;
    grid.columns = int(std::min<std::int64_t>(grid.columnCount, mostCells));
    grid.rows = int(std::min<std::int64_t>(grid.rowCount, mostCells));
    grid.hasNumbers = grid.rowCount <= mostNumbers && grid.columnCount <= mostNumbers;
    if (grid.hasNumbers) {
        grid.size = {panelWidth, std::min(rowHeight * grid.rows, panelHeight)};
        return grid;
    }
    grid.columns = blocks(grid.columnCount, grid.blockColumns);
    grid.rows = blocks(grid.rowCount, grid.blockRows);
    grid.size = heatMapSize(grid.rows, grid.columns);
    return grid;
}

std::optional<std::int64_t> elementAt(const PanelGrid& grid, QPointF inPanel)
{
    if (grid.isEmpty() || inPanel.x() < 0 || inPanel.y() < 0 || inPanel.x() >= grid.size.width()
        || inPanel.y() >= grid.size.height())
        return std::nullopt;
    const auto along = [](qreal at, qreal extent, int cells, int block, std::int64_t count) {
        const auto cell = std::int64_t(at / extent * cells);
        return std::min(std::min<std::int64_t>(cell, cells - 1) * block, count - 1);
    };
    const auto row = along(inPanel.y(), grid.size.height(), grid.rows, grid.blockRows, grid.rowCount);
    const auto column = along(inPanel.x(), grid.size.width(), grid.columns, grid.blockColumns, grid.columnCount);
    return row * grid.columnCount + column;
}

qreal NodeShape::height() const
{
    qreal height = header + footer;
    for (const float panel : panelHeights)
        height += label + qreal(panel) + 4;
    height = std::max(height, portSpacing * (inputs + 1));
    return std::ceil(height / metrics::step) * metrics::step;
}

qreal NodeShape::labelTop(std::size_t output) const
{
    qreal top = header;
    for (std::size_t k = 0; k < output; ++k)
        top += label + qreal(panelHeights[k]) + 4;
    return top;
}

QRectF NodeShape::valuePanel(std::size_t output) const
{
    return {left, labelTop(output) + label, panelWidth, qreal(panelHeights[output])};
}

QRectF NodeShape::gradientPanel(std::size_t output) const
{
    return {gradientLeft, labelTop(output) + label, panelWidth, qreal(panelHeights[output])};
}

QPointF NodeShape::inputPort(std::size_t index) const
{
    return {0, height() * qreal(index + 1) / (inputs + 1)};
}

QPointF NodeShape::outputPort(std::size_t index) const
{
    // A sole output stands in the middle; of several each beside its panels.
    const bool isSole = panelHeights.size() <= 1;
    return {width, isSole ? height() / 2 : valuePanel(index).center().y()};
}

}  // namespace chainrule
