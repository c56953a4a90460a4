// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"
#include "widgets/canvas/panel.h"

#include <QPainter>

#include <optional>
#include <vector>

namespace chainrule {

/// A tensor's cells as they are painted at a glance: with their numbers where there is room, as a heat map where not; of
/// what is too large to be read in a frame the first corner.
class Preview {
public:
    static constexpr qreal cellHeight = 20;
    static constexpr qreal widestCell = 48;
    static constexpr qreal narrowestCell = 36;  ///< In which a number has room.

    Preview() = default;
    /// No wider than `room`.
    explicit Preview(const Tensor& tensor, qreal room = 4 * widestCell);

    const Tensor& tensor() const { return m_tensor; }
    const Panel& panel() const { return m_panel; }
    bool isEmpty() const { return m_tensor.isNone(); }
    QSizeF size() const { return m_size; }
    /// What is shown, where that is not all: "[0, :, :]", "corner of 1000×1000".
    QString note() const { return m_note; }

    void paint(QPainter& painter, const QPointF& topLeft) const;
    /// The element, in row-major order, that is shown at a place; absent where one is not shown by itself.
    std::optional<std::int64_t> elementAt(const QPointF& place) const;
    /// Where an element is shown; empty where it is not.
    QRectF rectOf(std::int64_t element) const;
    /// The index of an element: "[1, 0]".
    QString indexText(std::int64_t element) const;

private:
    QSizeF cellSize() const;

    Tensor m_tensor = Tensor::none();
    Panel m_panel;
    QSizeF m_size;
    QString m_note;
    bool m_isCorner = false;
};

/// "[1, 0]".
QString indexText(const Shape& shape, std::int64_t element);

}  // namespace chainrule
