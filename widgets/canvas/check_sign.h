// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/gradcheck.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace chainrule {

QColor checkColour(const Theme& theme, Verdict verdict);
/// A tick, a kink or a cross in a disc; the disc is hollow where there was nothing to compare with: rounding is larger, or
/// the function is undefined. `ground`: what it stands on.
void paintCheckSign(QPainter& painter, const Theme& theme, const QColor& ground, Verdict verdict, QPointF centre,
                    qreal radius);
/// The sign alone, a tick, a kink or a cross, in the painter's pen.
void paintCheckMark(QPainter& painter, Verdict verdict, QPointF centre, qreal radius);

}  // namespace chainrule
