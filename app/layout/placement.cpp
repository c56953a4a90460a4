// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/placement.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr double nodeGap = 36;
constexpr double bendGap = 12;  // Between two; beside a node a link keeps as far away as another node does.
constexpr int rounds = 6;

/// The places nearest to the wishes, by weighted squares, that keep the order and the distances: isotonic
/// regression by pooling. `offsets`: how far each lies behind the first at the least.
void settle(std::vector<double>& wishes, const std::vector<double>& weights,
            const std::vector<double>& offsets)
{
    struct Pool {
        double sum;
        double weight;
        std::size_t count;
        double place() const { return sum / weight; }
    };
    std::vector<Pool> pools;
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        pools.push_back({(wishes[i] - offsets[i]) * weights[i], weights[i], 1});
        while (pools.size() > 1 && pools[pools.size() - 2].place() > pools.back().place()) {
            const Pool last = pools.back();
            pools.pop_back();
            pools.back().sum += last.sum;
            pools.back().weight += last.weight;
            pools.back().count += last.count;
        }
    }
    std::size_t i = 0;
    for (const Pool& pool : pools)
        for (std::size_t k = 0; k < pool.count; ++k, ++i)
            wishes[i] = pool.place() + offsets[i];
}

enum class Side { Left, Right, Both };

class Placement {
public:
    Placement(const Network& network, const Order& order, const std::vector<double>& heights)
        : m_network(network), m_order(order), m_neighbours(network), m_heights(heights),
          m_tops(heights.size())
    {
        for (const auto& column : order) {
            const std::vector<double> offsets = offsetsOf(column);
            for (std::size_t i = 0; i < column.size(); ++i)
                m_tops[column[i]] = offsets[i] - offsets.back() / 2;
        }
    }

    std::vector<double> tops()
    {
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t column = 1; column < m_order.size(); ++column)
                place(m_order[column], Side::Left);
            for (std::size_t column = m_order.size() - 1; column-- > 0;)
                place(m_order[column], Side::Right);
        }
        for (int round = 0; round < 2; ++round) {
            for (const auto& column : m_order)
                place(column, Side::Both);
            for (auto column = m_order.rbegin(); column != m_order.rend(); ++column)
                place(*column, Side::Both);
        }
        const double first = *std::ranges::min_element(m_tops);
        for (double& top : m_tops)
            top -= first;
        return std::move(m_tops);
    }

private:
    /// Between nodes a multiple of the grid, so that they may be rounded to it and keep it.
    std::vector<double> offsetsOf(const std::vector<std::size_t>& column) const
    {
        std::vector<double> offsets(column.size());
        for (std::size_t i = 1; i < column.size(); ++i) {
            const bool areBends = m_network.isBend(column[i - 1]) && m_network.isBend(column[i]);
            double distance = m_heights[column[i - 1]] + (areBends ? bendGap : nodeGap);
            if (!m_network.isBend(column[i - 1]))
                distance = std::ceil(distance / layoutGrid) * layoutGrid;
            offsets[i] = offsets[i - 1] + distance;
        }
        return offsets;
    }

    double weight(const Network::Link& link) const
    {
        constexpr double byBends[] = {1, 8, 16};
        return byBends[int(m_network.isBend(link.from)) + int(m_network.isBend(link.to))];
    }

    void place(const std::vector<std::size_t>& column, Side side)
    {
        std::vector<double> wishes(column.size());
        std::vector<double> weights(column.size(), 0.01);  // Who has no neighbours gives way.
        for (std::size_t i = 0; i < column.size(); ++i) {
            wishes[i] = m_tops[column[i]] * weights[i];
            const auto wish = [&](std::size_t index, bool isInto) {
                const Network::Link& link = m_network.links[index];
                const double from = m_heights[link.from] * link.fromPort;
                const double to = m_heights[link.to] * link.toPort;
                const double straight = isInto ? m_tops[link.from] + from - to : m_tops[link.to] + to - from;
                wishes[i] += straight * weight(link);
                weights[i] += weight(link);
            };
            if (side != Side::Right)
                for (const std::size_t link : m_neighbours.into(column[i]))
                    wish(link, true);
            if (side != Side::Left)
                for (const std::size_t link : m_neighbours.outOf(column[i]))
                    wish(link, false);
            wishes[i] /= weights[i];
        }
        settle(wishes, weights, offsetsOf(column));
        for (std::size_t i = 0; i < column.size(); ++i)
            m_tops[column[i]] = wishes[i];
    }

    const Network& m_network;
    const Order& m_order;
    const Neighbours m_neighbours;
    const std::vector<double>& m_heights;
    std::vector<double> m_tops;
};

}  // namespace

std::vector<double> tops(const Network& network, const Order& order, const std::vector<double>& heights)
{
    return Placement(network, order, heights).tops();
}

}  // namespace chainrule
