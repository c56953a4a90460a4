// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/preview.h"

#include "engine/ops/views.h"
#include "widgets/canvas/cells_painter.h"
#include "widgets/canvas/node_shape.h"
#include "widgets/theme/appearance.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr std::int64_t mostRead = 100'000;
constexpr std::int64_t cornerRows = 4;
constexpr std::int64_t cornerColumns = 4;

/// The first elements of the first matrix.
Tensor cornerOf(Tensor tensor)
{
    while (tensor.rank() > 2)
        tensor = selectedView(tensor, 0, 0);
    const std::size_t last = tensor.rank() - 1;
    tensor = slicedView(tensor, last, 0, 1, std::min(tensor.shape()[last], cornerColumns));
    return last == 0 ? tensor : slicedView(tensor, 0, 0, 1, std::min(tensor.shape()[0], cornerRows));
}

}  // namespace

QString indexText(const Shape& shape, std::int64_t element)
{
    QStringList places;
    for (std::size_t d = shape.size(); d-- > 0; element /= std::max<std::int64_t>(shape[d], 1))
        places.prepend(QString::number(element % std::max<std::int64_t>(shape[d], 1)));
    return places.isEmpty() ? QString() : QStringLiteral("[%1]").arg(places.join(QStringLiteral(", ")));
}

Preview::Preview(const Tensor& tensor, qreal room) : m_tensor(tensor)
{
    m_isCorner = tensor.size() > mostRead;
    m_panel = panelOf(m_isCorner ? cornerOf(tensor) : tensor);
    const PanelGrid& grid = m_panel.grid;
    const bool hasNumbers = grid.hasNumbers && grid.columns * narrowestCell <= room;
    m_panel.grid.hasNumbers = hasNumbers;
    if (grid.isEmpty())
        m_size = {widestCell, cellHeight};
    else if (tensor.rank() == 0)
        m_size = {72, cellHeight};
    else if (hasNumbers)
        m_size = {std::floor(std::min(widestCell, room / grid.columns)) * grid.columns, grid.rows * cellHeight};
    else
        m_size = QSizeF(std::min(grid.size.width() * 1.5, room), grid.size.height() * 1.5);
    m_note = m_panel.slice;
    if (m_isCorner)
        m_note = QCoreApplication::translate("Preview", "corner of %1").arg(shortShape(tensor.shape()));
}

QSizeF Preview::cellSize() const
{
    return {m_size.width() / std::max(m_panel.grid.columns, 1), m_size.height() / std::max(m_panel.grid.rows, 1)};
}

void Preview::paint(QPainter& painter, const QPointF& topLeft) const
{
    const Theme& theme = Appearance::instance().theme();
    const QRectF area(topLeft, m_size);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(fonts::numbers(11));
    if (m_panel.grid.isEmpty()) {
        painter.setPen(theme.secondary);
        painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, m_panel.word);
        return;
    }
    if (!m_panel.grid.hasNumbers && m_tensor.rank() > 0)
        return paintHeatMap(painter, theme, m_panel, area, painter.device()->devicePixelRatioF());
    const QSizeF size = cellSize();
    for (std::size_t i = 0; i < m_panel.cells.size(); ++i) {
        const int row = int(i) / m_panel.grid.columns, column = int(i) % m_panel.grid.columns;
        const QRectF box(topLeft + QPointF(column * size.width(), row * size.height()), size);
        const Cell& cell = m_panel.cells[i];
        paintCellOfNumber(painter, theme, cell, box.adjusted(0.5, 0.5, -0.5, -0.5));
        painter.setPen(textColour(theme, cell));
        painter.drawText(box, Qt::AlignCenter, cell.text);
    }
}

std::optional<std::int64_t> Preview::elementAt(const QPointF& place) const
{
    const PanelGrid& grid = m_panel.grid;
    if (grid.isEmpty() || !QRectF(QPointF(), m_size).contains(place) || grid.blockRows > 1 || grid.blockColumns > 1)
        return std::nullopt;
    const QSizeF size = cellSize();
    const auto column = std::min(std::int64_t(place.x() / size.width()), std::int64_t(grid.columns) - 1);
    const auto row = std::min(std::int64_t(place.y() / size.height()), std::int64_t(grid.rows) - 1);
    return row * (m_tensor.rank() > 0 ? m_tensor.shape().back() : 1) + column;
}

QRectF Preview::rectOf(std::int64_t element) const
{
    const PanelGrid& grid = m_panel.grid;
    const std::int64_t across = m_tensor.rank() > 0 ? m_tensor.shape().back() : 1;
    if (grid.isEmpty() || across == 0 || grid.blockRows > 1 || grid.blockColumns > 1)
        return {};
    const std::int64_t row = element / across, column = element % across;
    if (row >= grid.rows || column >= grid.columns)
        return {};
    const QSizeF size = cellSize();
    return {QPointF(qreal(column) * size.width(), qreal(row) * size.height()), size};
}

QString Preview::indexText(std::int64_t element) const
{
    return chainrule::indexText(m_tensor.shape(), element);
}

}  // namespace chainrule
