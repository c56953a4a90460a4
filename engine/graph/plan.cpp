// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/graph/plan.h"

#include "engine/graph/node_error.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <queue>

namespace chainrule {
namespace {

using Index = std::uint32_t;  // A node's place in the document.

constexpr std::size_t namesShown = 10;

/// Who is fed by whom, in two flat arrays.
struct Consumers {
    std::vector<std::size_t> begins;  // Where the consumers of each node begin in `all`; one more at the end.
    std::vector<Index> all;
    std::vector<Index> missing;  // How many links into each node.
    bool isInOrder = true;  // Every node stands behind its inputs.
};

Consumers consumersOf(const Graph& graph)
{
    Consumers result;
    result.begins.resize(graph.size() + 2);
    result.missing.resize(graph.size());
    for (std::size_t to = 0; to < graph.size(); ++to)
        forEachSource(graph[to], [&](const Source& source) {
            const std::size_t from = *graph.indexOf(source.node);
            ++result.begins[from + 2];
            ++result.missing[to];
            result.isInOrder &= from < to;
        });
    if (result.isInOrder)
        return result;
    for (std::size_t i = 2; i < result.begins.size(); ++i)
        result.begins[i] += result.begins[i - 1];
    result.all.resize(result.begins.back());
    // Filling moves each begin, kept one place too far so far, to where the next one is.
    for (std::size_t to = 0; to < graph.size(); ++to)
        forEachSource(graph[to], [&](const Source& source) {
            result.all[result.begins[*graph.indexOf(source.node) + 1]++] = Index(to);
        });
    return result;
}

/// Nodes that were never ready each wait for another such, so walking up from any of them ends in a cycle.
Error cycleAmong(const Graph& graph, const std::vector<Index>& missing)
{
    const auto waitsFor = [&](Index node) {
        Index found = node;
        bool isFound = false;
        forEachSource(graph[node], [&](const Source& source) {
            const auto from = Index(*graph.indexOf(source.node));
            if (!isFound && missing[from] > 0) {
                found = from;
                isFound = true;
            }
        });
        return found;
    };

    auto node = Index(std::ranges::find_if(missing, [](Index count) { return count > 0; }) - missing.begin());
    std::vector<bool> isSeen(graph.size());
    while (!isSeen[node]) {
        isSeen[node] = true;
        node = waitsFor(node);
    }
    std::vector<NodeId> cycle;
    for (Index next = node; cycle.empty() || next != node; next = waitsFor(next))
        cycle.push_back(graph.ids()[next]);
    std::ranges::reverse(cycle);
    return cycleError(graph, std::move(cycle));
}

}  // namespace

std::vector<NodeId> orderOf(const Graph& graph)
{
    auto order = plan(graph);
    assert(order);
    return *std::move(order);
}

Error cycleError(const Graph& graph, std::vector<NodeId> cycle)
{
    std::ranges::rotate(cycle, std::ranges::min_element(cycle));  // Begins with the node that stands first.
    const std::string& first = graph.at(cycle.front()).name;
    if (cycle.size() == 1)
        return nodeError(first, "inputs", "the node is its own input");
    std::string names = first;
    for (std::size_t i = 1; i < std::min(cycle.size(), namesShown); ++i)
        names += ", " + graph.at(cycle[i]).name;
    if (cycle.size() > namesShown)
        names += " and " + std::to_string(cycle.size() - namesShown) + " more";
    return nodeError(first, "inputs", "the nodes " + names + " form a cycle");
}

Result<std::vector<NodeId>> plan(const Graph& graph)
{
    Consumers consumers = consumersOf(graph);
    if (consumers.isInOrder)
        return std::vector<NodeId>(graph.ids().begin(), graph.ids().end());

    std::vector<Index> ready;
    for (std::size_t i = 0; i < graph.size(); ++i)
        if (consumers.missing[i] == 0)
            ready.push_back(Index(i));
    std::priority_queue<Index, std::vector<Index>, std::greater<>> agenda({}, std::move(ready));

    std::vector<NodeId> order;
    order.reserve(graph.size());
    while (!agenda.empty()) {
        const Index node = agenda.top();
        agenda.pop();
        order.push_back(graph.ids()[node]);
        for (std::size_t i = consumers.begins[node]; i < consumers.begins[node + 1]; ++i)
            if (--consumers.missing[consumers.all[i]] == 0)
                agenda.push(consumers.all[i]);
    }
    if (order.size() < graph.size())
        return cycleAmong(graph, consumers.missing);
    return order;
}

}  // namespace chainrule
