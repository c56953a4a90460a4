// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace chainrule {

/// Which numbered things may touch an area: the plane in square cells, each with the numbers of what lies in it.
class SceneGrid {
public:
    void insert(std::uint32_t number, const QRectF& area);
    /// With the area that it was inserted with; likewise for each of several.
    void remove(std::uint32_t number, const QRectF& area);
    /// Ascending, each once.
    std::vector<std::uint32_t> in(const QRectF& area) const;
    void clear();

private:
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> m_cells;
    std::vector<std::uint32_t> m_large;  // What would lie in too many cells; always among what may touch.
    std::uint32_t m_end = 0;  // Above all numbers that were ever inserted.
};

}  // namespace chainrule
