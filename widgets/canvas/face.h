// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/diagram.h"

#include <QImage>
#include <QRectF>
#include <QString>

#include <vector>

namespace chainrule {

/// One element of a tensor as a face shows it.
struct Cell {
    enum class Kind { Number, Zero, NaN, PositiveInfinity, NegativeInfinity };
    QString text;  ///< At most five characters; empty where the cells are too many for numbers.
    double ratio = 0;  ///< Of the largest finite magnitude in the tensor, -1 … 1: its tint.
    Kind kind = Kind::Number;
};

/// One of the two panels of a face: a tensor, or in words why there is none.
struct Panel {
    enum class Kind {
        Absent,   ///< No panel at all, as a number node has no gradient.
        Word,     ///< "None", "not retained".
        NotYet,   ///< An empty frame with "…".
        Number,   ///< A 0-dim tensor.
        Cells,    ///< Few enough for their numbers: rows × columns.
        HeatMap,  ///< One colour a cell, or a block of cells that shows its worst: NaN first, then the largest.
    };
    Kind kind = Kind::Absent;
    QString word = {};
    int rows = 0;
    int columns = 0;
    std::vector<Cell> cells = {};  ///< Row by row.
    int blockRows = 1;             ///< Of a heat map: how many elements a cell stands for.
    int blockColumns = 1;
    QString slice = {};  ///< Above rank 2: which slice is shown, "[0, :, :]".
};

/// Everything that a node's face says, as text and numbers: what is drawn, read aloud and tested. Knows no colour.
struct Face {
    QString name;
    QString op;
    Category category;
    QString type;   ///< "f32 2×3", "f32 scalar", "int", of several outputs of the first.
    QString badge;  ///< "requires grad", or empty.
    struct Output {
        QString name;  ///< Empty for a sole output.
        Panel value;
        Panel gradient;
    };
    std::vector<Output> outputs;
    QString footer;       ///< The state in words: "leaf", "flowing, 2 of 2 · not retained", or the error.
    QStringList flags;    ///< "NaN 3", "Inf 1".
    bool isError = false;       ///< The footer is an error of this node
    bool isDependent = false;   ///< or says that an input failed.
    QString tooltip;      ///< The whole of what the footer has no room for, the states of `.grad` in words.
    /// For assistive technology: "z, linear, inputs x (2, 3) W (2, 3), output float32 (2, 2), gradient ready".
    QString description;
};

/// The face of one node. `moment` may be empty, or of an earlier diagram.
Face faceOf(const Diagram& diagram, NodeId node, const Moment& moment);

/// 4 to 5 significant digits, never "0" for what is not zero: ".162", "1.47", "-2e-7", "1e10".
QString shortNumber(const Scalar& scalar);
/// "f32 2×3", "f32 scalar".
QString shortType(const Tensor& tensor);

}  // namespace chainrule
