// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"
#include "widgets/canvas/node_shape.h"

#include <QSizeF>
#include <QString>

#include <stop_token>
#include <vector>

namespace chainrule {

/// One element of a tensor as a face shows it.
struct Cell {
    enum class Kind { Number, Zero, NaN, PositiveInfinity, NegativeInfinity };
    QString text = {};  ///< At most five characters as a rule; empty where the cells are too many for numbers.
    float ratio = 0;    ///< Of the largest finite magnitude in the tensor, -1 … 1: its tint.
    Kind kind = Kind::Number;
};

/// One of the two panels of a face: a tensor, or in words why there is none.
struct Panel {
    enum class Kind {
        Absent,   ///< No panel at all, as a number node has no gradient.
        Word,     ///< "None", "not retained".
        NotYet,   ///< An empty frame with "…".
        Number,   ///< A 0-dim tensor or a Python number.
        Cells,    ///< Few enough for their numbers.
        HeatMap,  ///< One colour a cell, or a block of cells that shows its worst: NaN first, then the largest.
    };
    Kind kind = Kind::Absent;
    QString label = {};  ///< What stands above it: "value", "grad", ".grad".
    QString word = {};
    PanelGrid grid = {};
    std::vector<Cell> cells = {};  ///< Row by row.
    QString slice = {};  ///< Above rank 2: which slice is shown, "[0, :, :]".
    std::int64_t nans = 0;  ///< In all of the tensor.
    std::int64_t infinities = 0;
    double norm = 0;  ///< Likewise: the square root of the sum of the squares.

    bool hasTensor() const { return kind == Kind::Number || kind == Kind::Cells || kind == Kind::HeatMap; }
};

/// The tensor as a panel shows it. Reads every element, twice those that are shown; NotYet after a stop.
Panel panelOf(const Tensor& tensor, const std::stop_token& stop = {});

/// Of each cell as it is drawn, with the gap to the next: a column of its own is as wide as its numbers ask.
QSizeF cellSize(const Panel& panel);

/// 4 to 5 significant digits, never "0" for what is not zero: ".162", "1.47", "-2e-7", "1e10". As many digits as fit
/// into `characters` without the sign, but at least one.
QString shortNumber(const Scalar& scalar, int characters = 8);
/// "f32 2×3", "f32 scalar", "int".
QString shortType(const Tensor& tensor);
/// "2×3", "scalar".
QString shortShape(const Shape& shape);

}  // namespace chainrule
