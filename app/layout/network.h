// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace chainrule {

/// A connected part of a graph with numbers in place of ids, as the layout works on it. Vertices below
/// `nodes` are nodes, in document order; those behind are bends, where a long link passes through a column.
struct Network {
    /// Ports are where on the height of its node a link begins and ends, 0 … 1 from the top.
    struct Link {
        std::size_t from;
        std::size_t to;
        double fromPort = 0.5;
        double toPort = 0.5;
    };

    std::size_t nodes = 0;
    std::vector<std::size_t> columns = {};  ///< In which column each vertex stands, from the left.
    std::vector<Link> links = {};

    std::size_t vertices() const { return columns.size(); }
    bool isBend(std::size_t vertex) const { return vertex >= nodes; }
};

/// Which links end and begin at each vertex, those that end by their port from the top.
class Neighbours {
public:
    explicit Neighbours(const Network& network);

    /// Indices of links.
    std::span<const std::size_t> into(std::size_t vertex) const { return m_into.of(vertex); }
    std::span<const std::size_t> outOf(std::size_t vertex) const { return m_outOf.of(vertex); }

private:
    struct Lists {
        std::vector<std::size_t> begins;  // One more at the end.
        std::vector<std::size_t> all;

        std::span<const std::size_t> of(std::size_t vertex) const
        {
            return std::span(all).subspan(begins[vertex], begins[vertex + 1] - begins[vertex]);
        }
    };
    Lists m_into;
    Lists m_outOf;
};

/// Puts every node one column right of its furthest input, and then those that would only lengthen links
/// there, sources above all, right beside their first consumer. O(n) in constant stack.
void assignColumns(Network& network);

/// Leads links over more than one column through bends, the links of one port through the same ones. Where
/// that would make more than `most` vertices, the longest links stay as they are.
void addBends(Network& network, std::size_t most);

}  // namespace chainrule
