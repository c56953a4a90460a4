// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"
#include "widgets/canvas/panel.h"

#include <QWidget>

namespace chainrule {

/// How large a preview of the tensor is: as small as on a node's face.
QSizeF previewSize(const Tensor& tensor);
/// Its cells, with their numbers where there is room, in the upper right corner of `area`. A tensor that is too large
/// to be read in a frame is its type alone.
void paintPreview(QPainter& painter, const Tensor& tensor, const QRectF& area);

/// A tensor at a glance.
class TensorPreview : public QWidget {
    Q_OBJECT
public:
    explicit TensorPreview(QWidget* parent);

    void show(const Tensor& tensor);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tensor m_tensor = Tensor::none();
};

}  // namespace chainrule
