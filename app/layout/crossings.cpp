// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/crossings.h"

#include "app/layout/sugiyama.h"

#include <algorithm>
#include <utility>

namespace chainrule {
namespace {

constexpr std::size_t mostForSugiyama =
    20000;  // Above, igraph takes seconds, and its recursion too much stack.
constexpr std::size_t mostForExchange = 3000;

/// Where on the height of its column each vertex stands, 0 … 1, so that columns can be compared.
class Places {
public:
    Places(const Network& network, const Order& order) : m_network(network), m_place(network.vertices())
    {
        for (const auto& column : order)
            update(column);
        m_steps.resize(order.size());
        for (std::size_t column = 0; column < order.size(); ++column)
            m_steps[column] = 1. / double(order[column].size());
    }

    void update(std::span<const std::size_t> column)
    {
        for (std::size_t i = 0; i < column.size(); ++i)
            m_place[column[i]] = double(i);
    }

    double fromEnd(const Network::Link& link) const { return at(link.from, link.fromPort); }
    double toEnd(const Network::Link& link) const { return at(link.to, link.toPort); }

private:
    double at(std::size_t vertex, double port) const
    {
        return (m_place[vertex] + port) * m_steps[m_network.columns[vertex]];
    }

    const Network& m_network;
    std::vector<double> m_place;
    std::vector<double> m_steps;
};

/// How many pairs stand in descending order. Sorts the values.
std::int64_t inversions(std::vector<double>& values, std::vector<double>& scratch)
{
    std::int64_t count = 0;
    scratch.resize(values.size());
    for (std::size_t width = 1; width < values.size(); width *= 2) {
        for (std::size_t begin = 0; begin < values.size(); begin += 2 * width) {
            const std::size_t middle = std::min(begin + width, values.size());
            const std::size_t end = std::min(begin + 2 * width, values.size());
            std::size_t left = begin;
            std::size_t right = middle;
            for (std::size_t out = begin; out < end; ++out) {
                const bool takesRight = left == middle || (right < end && values[right] < values[left]);
                if (takesRight)
                    count += std::int64_t(middle - left);
                scratch[out] = values[takesRight ? right++ : left++];
            }
        }
        values.swap(scratch);
    }
    return count;
}

/// As one meets the vertices when walking from the results to the left, inputs by their ports from the top:
/// that alone draws a tree without crossings, and keeps to the document where nothing else decides.
Order orderFromResults(const Network& network, const Neighbours& neighbours)
{
    Order order(*std::ranges::max_element(network.columns) + 1);
    std::vector<bool> isSeen(network.vertices());
    std::vector<std::size_t> stack;
    for (std::size_t result = 0; result < network.vertices(); ++result) {
        if (!neighbours.outOf(result).empty())
            continue;
        stack.push_back(result);
        while (!stack.empty()) {
            const std::size_t vertex = stack.back();
            stack.pop_back();
            if (isSeen[vertex])
                continue;
            isSeen[vertex] = true;
            order[network.columns[vertex]].push_back(vertex);
            const auto into = neighbours.into(vertex);
            for (auto link = into.rbegin(); link != into.rend(); ++link)
                stack.push_back(network.links[*link].from);
        }
    }
    return order;
}

enum class Direction { Right, Left };

/// Sorts each column by the mean place of its neighbours in the one before. Who has none keeps his place.
void sweep(const Network& network, const Neighbours& neighbours, Order& order, Places& places,
           Direction direction)
{
    std::vector<std::pair<double, std::size_t>> movable;
    std::vector<std::size_t> slots;
    for (std::size_t i = 1; i < order.size(); ++i) {
        auto& column = order[direction == Direction::Right ? i : order.size() - 1 - i];
        movable.clear();
        slots.clear();
        for (std::size_t slot = 0; slot < column.size(); ++slot) {
            const std::size_t vertex = column[slot];
            const auto links =
                direction == Direction::Right ? neighbours.into(vertex) : neighbours.outOf(vertex);
            if (links.empty())
                continue;
            double sum = 0;
            for (const std::size_t link : links)
                sum += direction == Direction::Right ? places.fromEnd(network.links[link])
                                                     : places.toEnd(network.links[link]);
            movable.emplace_back(sum / double(links.size()), vertex);
            slots.push_back(slot);
        }
        std::ranges::stable_sort(movable, {}, &std::pair<double, std::size_t>::first);
        for (std::size_t k = 0; k < slots.size(); ++k)
            column[slots[k]] = movable[k].second;
        places.update(column);
    }
}

/// The far ends of a vertex's links, sorted: first those on the left, then those on the right.
struct Ends {
    std::vector<double> left;
    std::vector<double> right;
};

Ends endsOf(const Network& network, const Neighbours& neighbours, const Places& places, std::size_t vertex)
{
    Ends ends;
    for (const std::size_t link : neighbours.into(vertex))
        ends.left.push_back(places.fromEnd(network.links[link]));
    for (const std::size_t link : neighbours.outOf(vertex))
        ends.right.push_back(places.toEnd(network.links[link]));
    std::ranges::sort(ends.left);
    std::ranges::sort(ends.right);
    return ends;
}

/// How many pairs of links cross because `upper` stands above `lower`, on one side.
std::int64_t crossingsOf(std::span<const double> upper, std::span<const double> lower)
{
    std::int64_t count = 0;
    std::size_t above = 0;
    for (const double end : upper) {
        while (above < lower.size() && lower[above] < end)
            ++above;
        count += std::int64_t(above);
    }
    return count;
}

/// Exchanges neighbours within a column as long as that saves crossings.
bool exchange(const Network& network, const Neighbours& neighbours, Order& order, Places& places)
{
    bool hasChanged = false;
    for (auto& column : order) {
        for (std::size_t i = 0; i + 1 < column.size(); ++i) {
            const Ends upper = endsOf(network, neighbours, places, column[i]);
            const Ends lower = endsOf(network, neighbours, places, column[i + 1]);
            const auto now = crossingsOf(upper.left, lower.left) + crossingsOf(upper.right, lower.right);
            const auto then = crossingsOf(lower.left, upper.left) + crossingsOf(lower.right, upper.right);
            if (then >= now)
                continue;
            std::swap(column[i], column[i + 1]);
            hasChanged = true;
        }
        places.update(column);
    }
    return hasChanged;
}

/// The best that sweeping to and fro makes of an order.
std::pair<std::int64_t, Order> improved(const Network& network, const Neighbours& neighbours, Order order)
{
    std::pair best(crossings(network, order), order);
    Places places(network, order);
    const int rounds = network.vertices() <= mostForExchange ? 40 : 12;
    for (int round = 0, idle = 0; round < rounds && idle < 4 && best.first > 0; ++round, ++idle) {
        sweep(network, neighbours, order, places, Direction::Right);
        sweep(network, neighbours, order, places, Direction::Left);
        for (int pass = 0; pass < 8 && network.vertices() <= mostForExchange; ++pass)
            if (!exchange(network, neighbours, order, places))
                break;
        const std::int64_t count = crossings(network, order);
        if (count >= best.first)
            continue;
        best = {count, order};
        idle = -1;
    }
    return best;
}

}  // namespace

std::int64_t crossings(const Network& network, const Order& order)
{
    const Places places(network, order);
    std::vector<std::vector<std::pair<double, double>>> between(order.size());
    for (const Network::Link& link : network.links)
        if (network.columns[link.to] == network.columns[link.from] + 1)
            between[network.columns[link.from]].emplace_back(places.fromEnd(link), places.toEnd(link));

    std::int64_t count = 0;
    std::vector<double> ends;
    std::vector<double> scratch;
    for (auto& links : between) {
        std::ranges::sort(links);
        ends.clear();
        for (const auto& link : links)
            ends.push_back(link.second);
        count += inversions(ends, scratch);
    }
    return count;
}

Order orderWithFewCrossings(const Network& network)
{
    const Neighbours neighbours(network);
    auto best = improved(network, neighbours, orderFromResults(network, neighbours));
    if (best.first == 0 || network.vertices() > mostForSugiyama)
        return best.second;
    if (auto order = sugiyamaOrder(network)) {
        auto other = improved(network, neighbours, *std::move(order));
        if (other.first < best.first)
            return other.second;
    }
    return best.second;
}

}  // namespace chainrule
