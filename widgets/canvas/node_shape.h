// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/inline_vector.h"
#include "engine/tensor/shape.h"
#include "widgets/theme/theme.h"

#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include <cstdint>
#include <optional>

namespace chainrule {

/// How the elements of a tensor stand in a panel of a face; its shape alone decides, so that value and gradient look
/// alike and boxes know their height without looking at an element.
struct PanelGrid {
    int rows = 1;     ///< Cells that are shown; 0 by 0 without elements.
    int columns = 1;
    std::int64_t rowCount = 1;     ///< Elements of the slice that is shown.
    std::int64_t columnCount = 1;
    int blockRows = 1;     ///< Elements for each cell.
    int blockColumns = 1;
    bool hasNumbers = true;  ///< Cells are few enough for them.
    QSizeF size;  ///< Of all cells together.

    bool isEmpty() const { return rows == 0; }
};
PanelGrid panelGrid(const Shape& shape);

/// Sizes of a face in scene units.
namespace face_metrics {
inline constexpr qreal width = 176;
inline constexpr qreal bar = 5;          ///< The category's, on the left edge.
inline constexpr qreal left = 14;        ///< Where text and the value's panel begin,
inline constexpr qreal gradientLeft = 94;  ///< and the gradient's.
inline constexpr qreal right = 166;
inline constexpr qreal panelWidth = 72;
inline constexpr qreal panelHeight = 64;  ///< At most.
inline constexpr qreal rowHeight = 20;
inline constexpr qreal header = 48;      ///< Name and type stand in it.
inline constexpr qreal label = 12;       ///< Above each panel.
inline constexpr qreal titleHeight = 28;
inline constexpr qreal footer = 28;
inline constexpr qreal portSpacing = 14;  ///< At least.
inline constexpr qreal portRadius = 5;
}  // namespace face_metrics

/// What decides how large a node's box is and where its parts are, relative to its upper left corner.
struct NodeShape {
    InlineVector<float, 1> panelHeights;  ///< Of each output.
    std::uint16_t inputs = 0;             ///< Ports.
    bool hasGradient = true;              ///< Whether there is a panel for it.

    qreal height() const;
    QRectF title() const { return {0, 0, face_metrics::width, face_metrics::titleHeight}; }
    /// Where the label of an output's panels begins; the panels are below it.
    qreal labelTop(std::size_t output) const;
    QRectF valuePanel(std::size_t output) const;
    QRectF gradientPanel(std::size_t output) const;
    QPointF inputPort(std::size_t index) const;
    QPointF outputPort(std::size_t index) const;

    bool operator==(const NodeShape&) const = default;
};

/// The cell of a grid at a place relative to the panel, and the row-major index of the element that it stands for in
/// a tensor whose last two dimensions the grid shows.
std::optional<std::int64_t> elementAt(const PanelGrid& grid, QPointF inPanel);

}  // namespace chainrule
