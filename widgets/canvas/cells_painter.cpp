// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/cells_painter.h"

#include <QImage>
#include <QPainterPath>
#include <QVarLengthArray>

#include <algorithm>
#include <array>
#include <cmath>

namespace chainrule {
namespace {

QColor cellColour(const Theme& theme, const Cell& cell)
{
    switch (cell.kind) {
    case Cell::Kind::NaN: return theme.nan;
    case Cell::Kind::PositiveInfinity: return theme.cell(1);
    case Cell::Kind::NegativeInfinity: return theme.cell(-1);
    case Cell::Kind::Zero: return theme.cell(0);
    case Cell::Kind::Number: return theme.cell(double(cell.ratio));
    }
    return theme.cell(0);
}

/// Relative luminance as WCAG has it.
double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(double a, double b)
{
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

/// Lines of this width, all in one. As areas, because how Qt rounds a line depends on where it is cut: what comes into
/// view by and by would not fit what was there.
template <typename Lines>
void paintLines(QPainter& painter, const QColor& colour, qreal width, const Lines& lines)
{
    QPainterPath path;
    path.setFillRule(Qt::WindingFill);
    for (const QLineF& line : lines) {
        if (line.isNull())
            continue;
        const QPointF along = (line.p2() - line.p1()) / line.length();
        const QPointF aside = QPointF(-along.y(), along.x()) * (width / 2);
        path.moveTo(line.p1() + aside);
        path.lineTo(line.p2() + aside);
        path.lineTo(line.p2() - aside);
        path.lineTo(line.p1() - aside);
        path.closeSubpath();
    }
    painter.fillPath(path, colour);
}

void paintHatch(QPainter& painter, const Theme& theme, const QRectF& box)
{
    constexpr qreal spacing = 4;
    QVarLengthArray<QLineF, 32> lines;
    for (qreal start = box.left() - box.height() + spacing / 2; start < box.right(); start += spacing) {
        // From the lower edge up to the right, cut to the box.
        const qreal from = std::max(start, box.left());
        const qreal to = std::min(start + box.height(), box.right());
        lines.append(QLineF(from, box.bottom() - (from - start), to, box.bottom() - (to - start)));
    }
    paintLines(painter, theme.nodeLine, 0.75, lines);
}

void paintCross(QPainter& painter, const QColor& colour, const QRectF& box)
{
    const qreal arm = std::min(box.width(), box.height()) * 0.28;
    const QPointF c = box.center();
    paintLines(painter, colour, std::max(1.0, arm / 3),
               std::array{QLineF(c + QPointF(-arm, -arm), c + QPointF(arm, arm)),
                          QLineF(c + QPointF(-arm, arm), c + QPointF(arm, -arm))});
}

enum class Points { Up, Down };

void paintTriangle(QPainter& painter, const QColor& colour, const QRectF& box, Points points)
{
    const qreal arm = std::min(box.width(), box.height()) * 0.3 * (points == Points::Up ? 1 : -1);
    const QPointF c = box.center();
    const QPointF corners[] = {c + QPointF(0, -arm), c + QPointF(arm, arm * 0.8), c + QPointF(-arm, arm * 0.8)};
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawConvexPolygon(corners, 3);
}

void paintTint(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(cellColour(theme, cell));
    painter.drawRoundedRect(box, metrics::cellRadius, metrics::cellRadius);
}

void paintMark(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box)
{
    switch (cell.kind) {
    case Cell::Kind::Number: return;
    case Cell::Kind::Zero: paintHatch(painter, theme, box); return;
    case Cell::Kind::NaN: paintCross(painter, textColour(theme, cell), box); return;
    case Cell::Kind::PositiveInfinity: paintTriangle(painter, textColour(theme, cell), box, Points::Up); return;
    case Cell::Kind::NegativeInfinity: paintTriangle(painter, textColour(theme, cell), box, Points::Down); return;
    }
}

}  // namespace

QColor textColour(const Theme& theme, const Cell& cell)
{
    const double ground = luminance(cellColour(theme, cell));
    const QColor& other = theme.isDark ? theme.canvas : theme.panel;
    return contrast(ground, luminance(theme.text)) >= contrast(ground, luminance(other)) ? theme.text : other;
}

void paintCell(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box)
{
    paintTint(painter, theme, cell, box);
    paintMark(painter, theme, cell, box);
}

void paintCellOfNumber(QPainter& painter, const Theme& theme, const Cell& cell, const QRectF& box)
{
    paintTint(painter, theme, cell, box);
    if (cell.kind == Cell::Kind::Zero)
        paintHatch(painter, theme, box);
}

void paintHeatMap(QPainter& painter, const Theme& theme, const Panel& panel, const QRectF& area, qreal pixels)
{
    const PanelGrid& grid = panel.grid;
    const QSizeF size(area.width() / grid.columns, area.height() / grid.rows);
    const bool hasMarks = std::min(size.width(), size.height()) * pixels >= 6;
    QImage image(grid.columns, grid.rows, QImage::Format_RGB32);
    for (int row = 0; row < grid.rows; ++row) {
        auto* const line = reinterpret_cast<QRgb*>(image.scanLine(row));
        for (int column = 0; column < grid.columns; ++column) {
            const Cell& cell = panel.cells[std::size_t(row) * grid.columns + column];
            // Where no hatch fits, zeros alternate with a line's colour: they must not look like small numbers.
            const bool isDark = cell.kind == Cell::Kind::Zero && !hasMarks && (row + column) % 2 == 0;
            line[column] = (isDark ? theme.nodeLine : cellColour(theme, cell)).rgb();
        }
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(area, image);
    painter.setPen(QPen(theme.nodeLine, 0.5));  // Pale cells would have no end.
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(area);
    if (!hasMarks)
        return;
    for (int row = 0; row < grid.rows; ++row)
        for (int column = 0; column < grid.columns; ++column)
            paintMark(painter, theme, panel.cells[std::size_t(row) * grid.columns + column],
                      {area.left() + column * size.width(), area.top() + row * size.height(), size.width(),
                       size.height()});
}

}  // namespace chainrule
