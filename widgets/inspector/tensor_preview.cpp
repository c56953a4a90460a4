// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tensor_preview.h"

#include "widgets/canvas/cells_painter.h"
#include "widgets/canvas/node_shape.h"
#include "widgets/theme/appearance.h"

#include <QPainter>

namespace chainrule {
namespace {

constexpr std::int64_t mostRead = 100'000;
constexpr QSizeF cellSize(48, 20);
constexpr int mostRows = 4;
constexpr int mostColumns = 4;

bool isReadable(const Tensor& tensor)
{
    return tensor.size() > 0 && tensor.size() <= mostRead;
}

bool hasNumbers(const PanelGrid& grid)
{
    return grid.hasNumbers && grid.rows <= mostRows && grid.columns <= mostColumns;
}

void paintNumbers(QPainter& painter, const Theme& theme, const Panel& panel, const QRectF& area)
{
    painter.setFont(fonts::numbers(11));
    for (int row = 0; row < panel.grid.rows; ++row)
        for (int column = 0; column < panel.grid.columns; ++column) {
            const Cell& cell = panel.cells[std::size_t(row) * panel.grid.columns + column];
            const QRectF box(area.left() + column * cellSize.width(), area.top() + row * cellSize.height(),
                             cellSize.width(), cellSize.height());
            paintCell(painter, theme, cell, box.adjusted(0.5, 0.5, -0.5, -0.5));
            painter.setPen(textColour(theme, cell));
            painter.drawText(box, Qt::AlignCenter, cell.text);
        }
}

}  // namespace

QSizeF previewSize(const Tensor& tensor)
{
    if (!isReadable(tensor))
        return {QFontMetricsF(fonts::numbers(11)).horizontalAdvance(shortType(tensor)), cellSize.height()};
    const PanelGrid grid = panelGrid(tensor.shape());
    if (hasNumbers(grid))
        return {grid.columns * cellSize.width(), grid.rows * cellSize.height()};
    return grid.size;
}

void paintPreview(QPainter& painter, const Tensor& tensor, const QRectF& area)
{
    const Theme& theme = Appearance::instance().theme();
    const QSizeF size = previewSize(tensor);
    const QRectF box(QPointF(area.right() - size.width(), area.top()), size);
    painter.setRenderHint(QPainter::Antialiasing);
    if (!isReadable(tensor)) {
        painter.setFont(fonts::numbers(11));
        painter.setPen(theme.secondary);
        painter.drawText(box, Qt::AlignCenter, shortType(tensor));
        return;
    }
    const Panel panel = panelOf(tensor);
    if (hasNumbers(panel.grid))
        paintNumbers(painter, theme, panel, box);
    else
        paintHeatMap(painter, theme, panel, box, painter.device()->devicePixelRatioF());
}

TensorPreview::TensorPreview(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void TensorPreview::show(const Tensor& tensor)
{
    m_tensor = tensor;
    updateGeometry();
    update();
}

QSize TensorPreview::sizeHint() const
{
    return m_tensor.isNone() ? QSize() : previewSize(m_tensor).toSize() + QSize(1, 1);
}

void TensorPreview::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (!m_tensor.isNone())
        paintPreview(painter, m_tensor, rect());
}

}  // namespace chainrule
