// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/network.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace chainrule {
namespace {

/// So that every vertex stands behind its inputs. What is on a cycle is left out.
std::vector<std::size_t> topologicalOrder(const Network& network, const Neighbours& neighbours)
{
    std::vector<std::size_t> missing(network.vertices());
    std::vector<std::size_t> order;
    order.reserve(network.vertices());
    for (std::size_t vertex = 0; vertex < network.vertices(); ++vertex) {
        missing[vertex] = neighbours.into(vertex).size();
        if (missing[vertex] == 0)
            order.push_back(vertex);
    }
    for (std::size_t done = 0; done < order.size(); ++done)
        for (const std::size_t link : neighbours.outOf(order[done]))
            if (--missing[network.links[link].to] == 0)
                order.push_back(network.links[link].to);
    return order;
}

/// Those that had better stand close to their consumers than to their inputs: moving right shortens more
/// links than it lengthens. An input that only feeds such a node comes along, so its link does not count.
std::vector<bool> followersOfConsumers(const Network& network, const Neighbours& neighbours,
                                       std::span<const std::size_t> order)
{
    std::vector<bool> follows(network.vertices());
    for (const std::size_t vertex : order) {
        const auto holdsBack = [&](std::size_t link) {
            const std::size_t from = network.links[link].from;
            return !follows[from] || neighbours.outOf(from).size() > 1;
        };
        const auto held = std::size_t(std::ranges::count_if(neighbours.into(vertex), holdsBack));
        follows[vertex] = held < neighbours.outOf(vertex).size();
    }
    return follows;
}

/// The links that leave one port, of which some go over more than one column.
struct Bundle {
    std::vector<std::size_t> links;
    std::size_t bends = 0;
};

std::vector<Bundle> longBundles(const Network& network)
{
    std::vector<std::size_t> byPort(network.links.size());
    std::iota(byPort.begin(), byPort.end(), 0);
    const auto port = [&](std::size_t link) {
        return std::pair(network.links[link].from, network.links[link].fromPort);
    };
    std::ranges::stable_sort(byPort, {}, port);

    std::vector<Bundle> bundles;
    for (std::size_t begin = 0; begin < byPort.size();) {
        Bundle bundle;
        std::size_t end = begin;
        for (; end < byPort.size() && port(byPort[end]) == port(byPort[begin]); ++end) {
            const Network::Link& link = network.links[byPort[end]];
            const std::size_t span = network.columns[link.to] - network.columns[link.from];
            if (span < 2)
                continue;
            bundle.links.push_back(byPort[end]);
            bundle.bends = std::max(bundle.bends, span - 1);
        }
        if (bundle.bends > 0)
            bundles.push_back(std::move(bundle));
        begin = end;
    }
    std::ranges::stable_sort(bundles, {}, &Bundle::bends);
    return bundles;
}

}  // namespace

Neighbours::Neighbours(const Network& network)
{
    const auto fill = [&](Lists& lists, auto end) {
        lists.begins.resize(network.vertices() + 1);
        for (const Network::Link& link : network.links)
            ++lists.begins[link.*end + 1];
        std::partial_sum(lists.begins.begin(), lists.begins.end(), lists.begins.begin());
        lists.all.resize(network.links.size());
        std::vector<std::size_t> next = lists.begins;
        for (std::size_t link = 0; link < network.links.size(); ++link)
            lists.all[next[network.links[link].*end]++] = link;
    };
    fill(m_into, &Network::Link::to);
    fill(m_outOf, &Network::Link::from);
    for (std::size_t vertex = 0; vertex < network.vertices(); ++vertex)
        std::ranges::stable_sort(m_into.all.begin() + std::ptrdiff_t(m_into.begins[vertex]),
                                 m_into.all.begin() + std::ptrdiff_t(m_into.begins[vertex + 1]), {},
                                 [&](std::size_t link) { return network.links[link].toPort; });
}

void assignColumns(Network& network)
{
    network.columns.assign(network.nodes, 0);
    const Neighbours neighbours(network);
    const std::vector<std::size_t> order = topologicalOrder(network, neighbours);
    auto& columns = network.columns;
    for (const std::size_t vertex : order)
        for (const std::size_t link : neighbours.into(vertex))
            columns[vertex] = std::max(columns[vertex], columns[network.links[link].from] + 1);

    const std::vector<bool> follows = followersOfConsumers(network, neighbours, order);
    for (auto vertex = order.rbegin(); vertex != order.rend(); ++vertex) {
        if (!follows[*vertex])
            continue;
        std::size_t first = columns[network.links[neighbours.outOf(*vertex).front()].to];
        for (const std::size_t link : neighbours.outOf(*vertex))
            first = std::min(first, columns[network.links[link].to]);
        columns[*vertex] = first - 1;
    }
}

void addBends(Network& network, std::size_t most)
{
    for (const Bundle& bundle : longBundles(network)) {
        if (network.vertices() + bundle.bends > most)
            return;
        const Network::Link first = network.links[bundle.links.front()];
        const std::size_t column = network.columns[first.from];
        const std::size_t bends = network.vertices();  // The one in the column right of `from`.
        for (std::size_t bend = 0; bend < bundle.bends; ++bend) {
            network.columns.push_back(column + 1 + bend);
            if (bend == 0)
                network.links.push_back({first.from, bends, first.fromPort});
            else
                network.links.push_back({bends + bend - 1, bends + bend});
        }
        for (const std::size_t link : bundle.links) {
            Network::Link& last = network.links[link];
            last.from = bends + network.columns[last.to] - column - 2;
            last.fromPort = 0.5;
        }
    }
}

}  // namespace chainrule
