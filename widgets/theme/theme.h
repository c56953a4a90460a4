// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <QColor>
#include <QFont>
#include <QString>

namespace chainrule {

/// The look: every colour of the program by its role. Blue is value and forward, orange is gradient and backward;
/// nothing else uses these two but the cells' map and, in the light theme, the selection.
struct Theme {
    QString name;
    bool isDark;
    QColor canvas, gridDot;
    QColor panel, raised, line;
    QColor node, nodeLine;
    QColor text, secondary, faint;
    QColor value, gradient;
    QColor onPrimary;  ///< Text on the one filled button, which has the gradient's colour.
    QColor selection, error, good, nan;
    QColor convention;  ///< What is neither right nor wrong, but agreed upon: a gradient at a kink.
    QColor cellNegative, cellZero, cellPositive;
    QColor source, linearAlgebra, arithmetic;
    QColor activation, reduction, loss;

    QColor category(Category category) const;
    /// Of a cell whose value is `ratio` of the largest magnitude, -1 … 1.
    QColor cell(double ratio) const;
    /// Of how wrong something is, 0 … 1.
    QColor misfit(double share) const;
};

const Theme& darkTheme();
const Theme& lightTheme();

/// Sizes in pixels at 1x; the grid that everything stands on is 4.
namespace metrics {
inline constexpr int step = 4;
inline constexpr qreal nodeRadius = 8;
inline constexpr qreal controlRadius = 7;
inline constexpr qreal cellRadius = 2.5;
inline constexpr int gridDots = 24;
}  // namespace metrics

namespace fonts {
/// Inter, or the system's sans-serif font where it is missing.
QFont text(int pixels, QFont::Weight weight = QFont::Normal);
/// JetBrains Mono, or the system's monospace font: for numbers and code.
QFont numbers(int pixels);
}  // namespace fonts

}  // namespace chainrule
