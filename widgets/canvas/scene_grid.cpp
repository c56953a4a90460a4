// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/scene_grid.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr double cellSize = 512;
constexpr double farthest = 1e9;  // Cells are counted in 32 bits; a document may say 1e300.

std::int64_t cellAt(double coordinate)
{
    return std::int64_t(std::floor(std::clamp(coordinate, -farthest, farthest) / cellSize));
}

std::uint64_t keyOf(std::int64_t column, std::int64_t row)
{
    return std::uint64_t(std::uint32_t(column)) << 32 | std::uint32_t(row);
}

constexpr double mostCells = 1024;

double cellCount(const QRectF& area)
{
    return (area.width() / cellSize + 1) * (area.height() / cellSize + 1);
}

template <typename F>
void forEachCell(const QRectF& area, F&& f)
{
    for (std::int64_t row = cellAt(area.top()); row <= cellAt(area.bottom()); ++row)
        for (std::int64_t column = cellAt(area.left()); column <= cellAt(area.right()); ++column)
            f(keyOf(column, row));
}

}  // namespace

void SceneGrid::insert(std::uint32_t number, const QRectF& area)
{
    m_end = std::max(m_end, number + 1);
    if (cellCount(area) > mostCells)
        m_large.push_back(number);
    else
        forEachCell(area, [&](std::uint64_t key) { m_cells[key].push_back(number); });
}

void SceneGrid::remove(std::uint32_t number, const QRectF& area)
{
    if (cellCount(area) > mostCells) {
        std::erase(m_large, number);
        return;
    }
    forEachCell(area, [&](std::uint64_t key) {
        const auto cell = m_cells.find(key);
        if (cell != m_cells.end() && std::erase(cell->second, number) && cell->second.empty())
            m_cells.erase(cell);
    });
}

void SceneGrid::clear()
{
    m_cells.clear();
    m_large.clear();
    m_end = 0;
}

std::vector<std::uint32_t> SceneGrid::in(const QRectF& area) const
{
    std::vector<std::uint32_t> found = m_large;
    std::vector<bool> isFound(m_end);
    for (const std::uint32_t number : m_large)
        isFound[number] = true;
    const auto take = [&](const std::vector<std::uint32_t>& numbers) {
        for (const std::uint32_t number : numbers)
            if (!isFound[number]) {
                isFound[number] = true;
                found.push_back(number);
            }
    };
    if (cellCount(area) > double(m_cells.size())) {  // Far out there may be more empty cells than full ones.
        for (const auto& [key, numbers] : m_cells)
            take(numbers);
    } else {
        forEachCell(area, [&](std::uint64_t key) {
            if (const auto cell = m_cells.find(key); cell != m_cells.end())
                take(cell->second);
        });
    }
    if (found.size() < m_end / 16) {
        std::ranges::sort(found);
        return found;
    }
    found.clear();
    for (std::uint32_t number = 0; number < m_end; ++number)  // Of many, sorting would take longer.
        if (isFound[number])
            found.push_back(number);
    return found;
}

}  // namespace chainrule
