// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/check_all.h"

#include <QWidget>

#include <cstdint>
#include <memory>
#include <vector>

namespace chainrule {

/// The relative error of each element of a gradient, as a heat map with a logarithmic scale below it. Rows are all dims but
/// the last; of what has no room a cell shows the worst. Cells may be pointed at and picked, with the mouse or the keyboard.
class CheckPicture : public QWidget {
    Q_OBJECT
public:
    explicit CheckPicture(QWidget* parent);

    /// Shares what was found out about the leaf. Precondition: it has elements.
    void show(std::shared_ptr<const LeafCheck> leaf, const Shape& shape);
    void clear();

    int rows() const { return m_rows; }
    int columns() const { return m_columns; }
    /// The worst entry that a cell shows; nullptr where none was tried.
    const JacobianEntry* entry(int row, int column) const;
    QRectF cell(int row, int column) const;
    /// How much of the scale an entry takes, 0 … 1: it begins at 1e-12, or where the tolerance takes no notice, and ends at 1.
    static double share(const JacobianEntry& entry);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    /// nullptr: at none any more.
    void pointedAt(const chainrule::JacobianEntry* entry);
    void picked(std::int64_t element);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    static constexpr int nowhere = -1;

    int cellAt(QPointF place) const;
    const JacobianEntry* entryOf(int cell) const;
    void point(int cell);
    void paintCells(QPainter& painter) const;
    void paintScale(QPainter& painter) const;

    std::shared_ptr<const LeafCheck> m_leaf;
    Shape m_shape;
    int m_rows = 0;
    int m_columns = 0;
    QSizeF m_cellSize;
    std::vector<std::int32_t> m_entries;  // Of each cell the worst, in m_leaf; or nowhere.
    int m_current = nowhere;
};

/// "w[1, 2]: 2.5 by its rules, 2 by differences, relative error 0.2".
QString entryWords(const JacobianEntry& entry, const Shape& shape);

}  // namespace chainrule
