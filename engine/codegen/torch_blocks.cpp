// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/torch_blocks.h"

#include <algorithm>
#include <numeric>
#include <queue>

namespace chainrule {
namespace {

constexpr std::size_t none = std::size_t(-1);

/// Which group stands in which, and which nodes in which; by index, `none` for the script itself.
struct Nesting {
    std::vector<std::size_t> parent;  // By group.
    std::vector<std::size_t> depth;
    std::vector<std::size_t> inner;   // By node: its innermost group.

    bool contains(std::size_t group, std::size_t inside) const
    {
        while (inside != none && inside != group)
            inside = parent[inside];
        return inside == group;
    }
};

Nesting nesting(const Graph& graph, std::span<const Group> groups)
{
    Nesting result{std::vector(groups.size(), none), std::vector<std::size_t>(groups.size(), 0),
                   std::vector(graph.size(), none)};
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (const std::string& name : groups[g].groups)
            if (const auto child = std::ranges::find(groups, name, &Group::name); child != groups.end())
                result.parent[std::size_t(child - groups.begin())] = g;
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (std::size_t up = result.parent[g]; up != none; up = result.parent[up])
            ++result.depth[g];
    for (std::size_t g = 0; g < groups.size(); ++g)
        for (const NodeId node : groups[g].nodes) {
            std::size_t& inner = result.inner[*graph.indexOf(node)];
            if (inner == none || result.contains(inner, g))
                inner = g;
        }
    return result;
}

/// Finds out which groups can be functions, and in which order everything runs.
class Blocks {
public:
    Blocks(const Evaluation& evaluation, std::span<const Group> groups)
        : m_graph(evaluation.graph()), m_groups(groups), m_nesting(nesting(m_graph, groups)),
          m_isFunction(groups.size(), false), m_position(m_graph.size()), m_consumers(m_graph.size())
    {
        for (std::size_t i = 0; i < evaluation.order().size(); ++i)
            m_position[*m_graph.indexOf(evaluation.order()[i])] = i;
        for (std::size_t node = 0; node < m_graph.size(); ++node)
            forEachSource(m_graph[node], [&](const Source& source) {
                m_consumers[*m_graph.indexOf(source.node)].push_back(node);
            });
        std::vector<std::size_t> inwards(groups.size());
        std::iota(inwards.begin(), inwards.end(), 0);
        std::ranges::stable_sort(inwards, std::greater(), [this](std::size_t g) { return m_nesting.depth[g]; });
        for (const std::size_t group : inwards)
            m_isFunction[group] = runsInOneGo(group);
    }

    std::vector<ScriptBlock> blocks(const std::function<bool(NodeId)>& hasVariable) const
    {
        std::vector<std::size_t> outwards;
        for (std::size_t g = 0; g < m_groups.size(); ++g)
            if (m_isFunction[g])
                outwards.push_back(g);
        std::ranges::stable_sort(outwards, std::greater(), [this](std::size_t g) { return m_nesting.depth[g]; });
        std::vector<ScriptBlock> result(outwards.size() + 1);
        std::vector<std::size_t> blockOf(m_groups.size(), none);
        for (std::size_t b = 0; b < outwards.size(); ++b) {
            blockOf[outwards[b]] = b;
            result[b] = interface(outwards[b], hasVariable);
        }
        const auto blockAround = [&](std::size_t function) {
            return function == none ? outwards.size() : blockOf[function];
        };
        for (const std::size_t unit : ordered()) {
            if (unit < m_graph.size())
                result[blockAround(functionAround(m_nesting.inner[unit]))].items.push_back({m_graph.ids()[unit]});
            else if (const std::size_t g = unit - m_graph.size(); m_isFunction[g])
                result[blockAround(functionAround(m_nesting.parent[g]))].items.push_back({{}, blockOf[g]});
        }
        return result;
    }

private:
    /// The nearest group from `group` outwards that is a function.
    std::size_t functionAround(std::size_t group) const
    {
        while (group != none && !m_isFunction[group])
            group = m_nesting.parent[group];
        return group;
    }

    /// Whether no path leaves the group and comes back; one that enters a function passes through all of it.
    bool runsInOneGo(std::size_t group) const
    {
        const auto isInside = [&](std::size_t node) { return m_nesting.contains(group, m_nesting.inner[node]); };
        std::vector<bool> isReached(m_graph.size(), false);
        std::vector<bool> isEntered(m_groups.size(), false);
        std::vector<std::size_t> waiting;
        const auto reach = [&](std::size_t node) {
            if (!isReached[node])
                waiting.push_back(node);
            isReached[node] = true;
        };
        for (std::size_t node = 0; node < m_graph.size(); ++node)
            if (isInside(node))
                for (const std::size_t consumer : m_consumers[node])
                    if (!isInside(consumer))
                        reach(consumer);
        while (!waiting.empty()) {
            const std::size_t node = waiting.back();
            waiting.pop_back();
            if (isInside(node))
                return false;
            for (const std::size_t consumer : m_consumers[node])
                reach(consumer);
            for (std::size_t g = functionAround(m_nesting.inner[node]); g != none && !isEntered[g];
                 g = functionAround(m_nesting.parent[g])) {
                isEntered[g] = true;
                for (std::size_t other = 0; other < m_graph.size(); ++other)
                    if (m_nesting.contains(g, m_nesting.inner[other]))
                        reach(other);
            }
        }
        return true;
    }

    ScriptBlock interface(std::size_t group, const std::function<bool(NodeId)>& hasVariable) const
    {
        ScriptBlock block{.group = &m_groups[group]};
        std::vector<std::size_t> inside;
        for (std::size_t node = 0; node < m_graph.size(); ++node)
            if (m_nesting.contains(group, m_nesting.inner[node]) && hasVariable(m_graph.ids()[node]))
                inside.push_back(node);
        std::ranges::sort(inside, {}, [this](std::size_t node) { return m_position[node]; });
        for (const std::size_t node : inside) {
            block.results.push_back(m_graph.ids()[node]);
            forEachSource(m_graph[node], [&](const Source& source) {
                if (!m_nesting.contains(group, m_nesting.inner[*m_graph.indexOf(source.node)])
                    && std::ranges::find(block.parameters, source.node) == block.parameters.end())
                    block.parameters.push_back(source.node);
            });
        }
        return block;
    }

    /// The function that contains the node, or the node itself, as seen from inside `level`: nodes by index,
    /// groups behind them.
    std::size_t unitIn(std::size_t level, std::size_t node) const
    {
        std::size_t unit = node;
        for (std::size_t g = functionAround(m_nesting.inner[node]); g != level;
             g = functionAround(m_nesting.parent[g]))
            unit = m_graph.size() + g;
        return unit;
    }

    /// All nodes and functions, each behind what it needs; else in the order of evaluation.
    std::vector<std::size_t> ordered() const
    {
        const std::size_t count = m_graph.size() + m_groups.size();
        std::vector<std::size_t> waitsFor(count, 0);
        std::vector<std::vector<std::size_t>> followers(count);
        std::vector<std::size_t> first(count, none);
        for (std::size_t node = 0; node < m_graph.size(); ++node) {
            first[node] = m_position[node];
            for (std::size_t g = m_nesting.inner[node]; g != none; g = m_nesting.parent[g])
                first[m_graph.size() + g] = std::min(first[m_graph.size() + g], m_position[node]);
            for (const std::size_t consumer : m_consumers[node]) {
                std::size_t level = functionAround(m_nesting.inner[node]);
                while (level != none && !m_nesting.contains(level, m_nesting.inner[consumer]))
                    level = functionAround(m_nesting.parent[level]);
                const std::size_t from = unitIn(level, node);
                const std::size_t to = unitIn(level, consumer);
                followers[from].push_back(to);
                ++waitsFor[to];
            }
        }
        using Entry = std::pair<std::size_t, std::size_t>;
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
        for (std::size_t unit = 0; unit < count; ++unit)
            if (waitsFor[unit] == 0)
                ready.emplace(first[unit], unit);
        std::vector<std::size_t> order;
        while (!ready.empty()) {
            const std::size_t unit = ready.top().second;
            ready.pop();
            order.push_back(unit);
            for (const std::size_t follower : followers[unit])
                if (--waitsFor[follower] == 0)
                    ready.emplace(first[follower], follower);
        }
        return order;
    }

    const Graph& m_graph;
    std::span<const Group> m_groups;
    Nesting m_nesting;
    std::vector<bool> m_isFunction;                     // By group.
    std::vector<std::size_t> m_position;                // By node: when it is evaluated.
    std::vector<std::vector<std::size_t>> m_consumers;  // By node.
};

}  // namespace

std::vector<ScriptBlock> scriptBlocks(const Evaluation& evaluation, std::span<const Group> groups,
                                      const std::function<bool(NodeId)>& hasVariable)
{
    return Blocks(evaluation, groups).blocks(hasVariable);
}

std::vector<const Group*> innermostGroups(const Graph& graph, std::span<const Group> groups)
{
    std::vector<const Group*> result;
    for (const std::size_t group : nesting(graph, groups).inner)
        result.push_back(group == none ? nullptr : &groups[group]);
    return result;
}

}  // namespace chainrule
