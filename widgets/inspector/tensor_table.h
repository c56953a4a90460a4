// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/tensor_model.h"

#include <QTableView>

namespace chainrule {

/// A TensorModel's elements in cells that are tinted as on the canvas. Draws and measures only what is visible.
class TensorTable : public QTableView {
    Q_OBJECT
public:
    TensorTable(TensorModel& model, QWidget* parent);

    /// The rectangle that is selected, or everything if that is at most one cell.
    Tensor selected() const;

    QSize sizeHint() const override;

Q_SIGNALS:
    void copyRequested();
    /// With Enter.
    void chosen(const QModelIndex& index);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fitColumns();

    TensorModel& m_model;
};

}  // namespace chainrule
