// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/check_sign.h"

namespace chainrule {
namespace {

bool isHollow(Verdict verdict)
{
    return verdict == Verdict::Unresolved || verdict == Verdict::Singular;
}

}  // namespace

QColor checkColour(const Theme& theme, Verdict verdict)
{
    switch (verdict) {
    case Verdict::Agrees:
    case Verdict::Unresolved: return theme.good;
    case Verdict::Kink: return theme.convention;
    case Verdict::Singular:
    case Verdict::Mismatch: return theme.error;
    }
    return theme.error;
}

void paintCheckMark(QPainter& painter, Verdict verdict, QPointF centre, qreal radius)
{
    const auto at = [&](qreal x, qreal y) { return centre + QPointF(x, y) * radius; };
    switch (verdict) {
    case Verdict::Agrees:
    case Verdict::Unresolved: {
        const QPointF tick[] = {at(-0.5, 0.02), at(-0.14, 0.4), at(0.48, -0.36)};
        painter.drawPolyline(tick, 3);
        return;
    }
    case Verdict::Kink: {
        const QPointF kink[] = {at(-0.52, 0.32), at(0, -0.42), at(0.52, 0.32)};
        painter.drawPolyline(kink, 3);
        return;
    }
    case Verdict::Singular:
    case Verdict::Mismatch:
        painter.drawLine(at(-0.38, -0.38), at(0.38, 0.38));
        painter.drawLine(at(-0.38, 0.38), at(0.38, -0.38));
        return;
    }
}

void paintCheckSign(QPainter& painter, const Theme& theme, const QColor& ground, Verdict verdict, QPointF centre,
                    qreal radius)
{
    const QColor colour = checkColour(theme, verdict);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);  // Keeps it apart from what it lies on.
    painter.drawEllipse(centre, radius, radius);
    const qreal disc = radius * 0.86, line = radius * 0.2;
    if (isHollow(verdict)) {
        painter.setPen(QPen(colour, line));
        painter.drawEllipse(centre, disc - line / 2, disc - line / 2);
    } else {
        painter.setBrush(colour);
        painter.drawEllipse(centre, disc, disc);
    }
    painter.setPen(QPen(isHollow(verdict) ? colour : ground, radius * 0.24, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    paintCheckMark(painter, verdict, centre, disc);
}

}  // namespace chainrule
