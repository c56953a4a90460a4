// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/gradient_number.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace chainrule {
namespace {

struct CellPlace {
    std::int64_t row;
    std::int64_t column;
};

CellPlace placeOf(const PanelGrid& grid, std::int64_t element)
{
    return {element / grid.columnCount / grid.blockRows, element % grid.columnCount / grid.blockColumns};
}

/// By which NaN comes before infinities, and they before the largest number: as blocks of elements are drawn.
using Prominence = std::pair<int, double>;

Prominence prominence(double number)
{
    return {std::isnan(number) ? 2 : std::isinf(number) ? 1 : 0, std::isfinite(number) ? std::abs(number) : 0};
}

Prominence ofElement(const Tensor& tensor, std::int64_t element)
{
    return prominence(std::visit([](auto value) { return double(value); }, tensor.at(element)));
}

Prominence ofCell(const Cell& cell)
{
    switch (cell.kind) {
    case Cell::Kind::NaN: return {2, 0};
    case Cell::Kind::PositiveInfinity:
    case Cell::Kind::NegativeInfinity: return {1, 0};
    case Cell::Kind::Zero:
    case Cell::Kind::Number: break;
    }
    return {0, std::abs(double(cell.ratio))};
}

/// Of the elements that a cell stands for.
std::int64_t worstIn(const Tensor& tensor, const PanelGrid& grid, CellPlace cell)
{
    const std::int64_t top = cell.row * grid.blockRows;
    const std::int64_t left = cell.column * grid.blockColumns;
    std::int64_t worst = top * grid.columnCount + left;
    for (std::int64_t row = top; row < std::min(top + grid.blockRows, grid.rowCount); ++row)
        for (std::int64_t column = left; column < std::min(left + grid.blockColumns, grid.columnCount); ++column)
            if (const auto element = row * grid.columnCount + column; ofElement(tensor, element) > ofElement(tensor, worst))
                worst = element;
    return worst;
}

/// nullptr where none is shown.
const Panel* gradientPanel(const Scene& scene, OutputId output)
{
    const auto& outputs = scene.face(output.node).outputs;
    return output.index < outputs.size() && outputs[output.index].gradient.hasTensor() ? &outputs[output.index].gradient
                                                                                      : nullptr;
}

}  // namespace

std::optional<Tensor> shownGradient(const Moment& moment, OutputId output)
{
    if (const GradState stored = moment.stored(output); !stored.tensor.isNone())
        return stored.tensor;
    return moment.flowing(output);
}

std::optional<GradientNumber> gradientNumber(const Scene& scene, const Hit& hit)
{
    if (hit.part != Hit::Part::Gradient || !hit.element)
        return std::nullopt;
    const Panel* const panel = gradientPanel(scene, hit.output);
    const auto tensor = panel ? shownGradient(scene.moment(), hit.output) : std::nullopt;
    if (!tensor || *hit.element >= tensor->size())  // The hit may be of an earlier moment.
        return std::nullopt;
    return GradientNumber{hit.output, worstIn(*tensor, panel->grid, placeOf(panel->grid, *hit.element))};
}

std::optional<GradientNumber> largestGradientNumber(const Scene& scene, NodeId node)
{
    if (!scene.contains(node))
        return std::nullopt;
    for (std::uint32_t k = 0; k < scene.face(node).outputs.size(); ++k) {
        const OutputId output{node, k};
        const Panel* const panel = gradientPanel(scene, output);
        const auto tensor = panel ? shownGradient(scene.moment(), output) : std::nullopt;
        if (!tensor)
            continue;
        const auto largest = std::ranges::max_element(panel->cells, {}, ofCell) - panel->cells.begin();
        const CellPlace cell{largest / panel->grid.columns, largest % panel->grid.columns};
        return GradientNumber{output, worstIn(*tensor, panel->grid, cell)};
    }
    return std::nullopt;
}

QRectF gradientCellBox(const Scene& scene, const Hit& hit)
{
    const Panel& panel = *gradientPanel(scene, hit.output);
    const CellPlace cell = placeOf(panel.grid, *hit.element);
    const QSizeF size = cellSize(panel);
    const QPointF corner = scene.box(hit.node).topLeft() + scene.shape(hit.node).gradientPanel(hit.output.index).topLeft();
    return {corner + QPointF(qreal(cell.column) * size.width(), qreal(cell.row) * size.height()), size};
}

}  // namespace chainrule
