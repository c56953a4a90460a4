// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tensor_table.h"

#include "widgets/canvas/cells_painter.h"
#include "widgets/theme/appearance.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int cellHeight = 22;
constexpr int leastColumn = 44;
constexpr int mostColumn = 96;
constexpr int wideColumn = 120;  // A vector's only one.

class CellDelegate : public QStyledItemDelegate {
public:
    CellDelegate(const TensorModel& model, QObject* parent) : QStyledItemDelegate(parent), m_model(model) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Theme& theme = Appearance::instance().theme();
        const Cell cell = m_model.cell(index);
        const QRectF box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paintCellOfNumber(*painter, theme, cell, box);
        if (option.state & QStyle::State_Selected) {
            painter->setPen(QPen(theme.selection, 2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), metrics::cellRadius, metrics::cellRadius);
        }
        painter->setFont(fonts::numbers(12));
        painter->setPen(textColour(theme, cell));
        painter->drawText(box.adjusted(4, 0, -6, 0), Qt::AlignRight | Qt::AlignVCenter, cell.text);
        painter->restore();
    }

private:
    const TensorModel& m_model;
};

}  // namespace

TensorTable::TensorTable(TensorModel& model, QWidget* parent) : QTableView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new CellDelegate(model, this));
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setCornerButtonEnabled(false);
    setSelectionMode(QAbstractItemView::ContiguousSelection);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setFont(fonts::numbers(12));
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(cellHeight);
    verticalHeader()->setDefaultSectionSize(cellHeight);
    horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setMinimumSectionSize(leastColumn);
    connect(&model, &QAbstractItemModel::modelReset, this, &TensorTable::fitColumns);
    connect(&model, &QAbstractItemModel::dataChanged, this, &TensorTable::fitColumns);
    connect(&Appearance::instance(), &Appearance::changed, viewport(), qOverload<>(&QWidget::update));
}

/// As wide as the first rows need.
void TensorTable::fitColumns()
{
    horizontalHeader()->setVisible(m_model.columnDim().has_value());
    verticalHeader()->setVisible(m_model.rowDim().has_value());
    constexpr int looked = 24;
    const QFontMetrics numbers(fonts::numbers(12));
    int width = leastColumn;
    for (int row = 0; row < std::min(looked, m_model.rowCount()); ++row)
        for (int column = 0; column < std::min(looked, m_model.columnCount()); ++column)
            width = std::max(width, numbers.horizontalAdvance(m_model.cell(m_model.index(row, column)).text) + 14);
    if (!m_model.columnDim())
        width = wideColumn;
    horizontalHeader()->setDefaultSectionSize(std::min(width, std::max(mostColumn, wideColumn)));
    updateGeometry();
}

Tensor TensorTable::selected() const
{
    const QItemSelection selection = selectionModel()->selection();
    if (selection.isEmpty())
        return m_model.tensor();
    const QItemSelectionRange& range = selection.front();
    if (range.width() * range.height() <= 1)
        return m_model.tensor();
    return m_model.part(range.topLeft(), range.bottomRight());
}

QSize TensorTable::sizeHint() const
{
    constexpr int mostRows = 12;
    const int header = m_model.columnDim() ? horizontalHeader()->sizeHint().height() : 0;
    const int rows = std::clamp(m_model.rowCount(), 1, mostRows);
    const int bar = m_model.columnCount() * horizontalHeader()->defaultSectionSize() > viewport()->width() ? 12 : 0;
    return {240, header + rows * cellHeight + bar + 2};
}

void TensorTable::keyPressEvent(QKeyEvent* event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && currentIndex().isValid())
        return Q_EMIT chosen(currentIndex());
    if (!event->matches(QKeySequence::Copy))
        return QTableView::keyPressEvent(event);
    event->accept();
    Q_EMIT copyRequested();
}

}  // namespace chainrule
