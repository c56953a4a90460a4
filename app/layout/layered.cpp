// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layout/layered.h"

#include "app/layout/placement.h"
#include "engine/ops/op.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace chainrule {
namespace {

constexpr double columnGap = 72;
constexpr double widestColumnGap = 240;  // Where links between two columns are steep.
constexpr double partGap = 72;
constexpr double shelfRatio = 1.6;  // Width to height of several parts together, about a window's.
constexpr std::size_t bendsForEachNode = 3;
constexpr std::size_t bendsAlways = 10000;

double upToGrid(double length)
{
    return std::ceil(length / layoutGrid) * layoutGrid;
}

double nearestOnGrid(double length)
{
    return std::floor(length / layoutGrid + 0.5) * layoutGrid;
}

/// Where something is drawn: the points of nodes, and how far they reach from the origin.
struct Drawing {
    std::vector<Positions::Entry> positions;
    Size extent;
};

/// Nodes that are linked to one another, however indirectly.
struct Part {
    Network network;
    std::vector<NodeId> ids;  // Of the network's nodes.
    std::vector<Size> sizes;
};

/// Which of the op's outputs it is, among how many at the least.
std::pair<double, double> outputPlace(const Node& node, const Source& source)
{
    double number = 0;
    if (const Op* op = findOp(node.op)) {
        const auto found = std::ranges::find(op->outputs, source.output);
        if (!op->variadicOutputs && found != op->outputs.end())
            return {double(found - op->outputs.begin()), double(op->outputs.size())};
    }
    std::from_chars(source.output.data(), source.output.data() + source.output.size(), number);
    return {number, number + 1};
}

double portPlace(double index, double count)
{
    return (index + 1) / (count + 1);
}

/// The links among the chosen nodes, by their places in the list.
std::vector<Network::Link> linksAmong(const Graph& graph, std::span<const NodeId> chosen)
{
    std::vector<std::size_t> place(graph.size(), chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i)
        place[*graph.indexOf(chosen[i])] = i;

    std::vector<Network::Link> links;
    for (std::size_t to = 0; to < chosen.size(); ++to) {
        const Node& node = graph.at(chosen[to]);
        double ports = 0;
        forEachSource(node, [&](const Source&) { ++ports; });
        double port = 0;
        forEachSource(node, [&](const Source& source) {
            const double toPort = portPlace(port++, ports);
            const std::size_t from = place[*graph.indexOf(source.node)];
            if (from == chosen.size())
                return;
            const auto [output, outputs] = outputPlace(graph.at(source.node), source);
            links.push_back({from, to, portPlace(output, outputs), toPort});
        });
    }
    return links;
}

/// Which part each vertex belongs to, parts numbered in the order of their first vertices.
std::vector<std::size_t> partNumbers(std::size_t vertices, std::span<const Network::Link> links)
{
    std::vector<std::size_t> leader(vertices);
    std::iota(leader.begin(), leader.end(), 0);
    const auto find = [&](std::size_t vertex) {
        while (leader[vertex] != vertex)
            vertex = leader[vertex] = leader[leader[vertex]];
        return vertex;
    };
    for (const Network::Link& link : links) {
        const auto [first, second] = std::minmax({find(link.from), find(link.to)});
        leader[second] = first;
    }
    std::vector<std::size_t> number(vertices);
    std::size_t parts = 0;
    for (std::size_t vertex = 0; vertex < vertices; ++vertex)
        number[vertex] = find(vertex) == vertex ? parts++ : number[find(vertex)];
    return number;
}

std::vector<Part> connectedParts(const Graph& graph, std::span<const NodeId> chosen,
                                 const std::function<Size(NodeId)>& size)
{
    const std::vector<Network::Link> links = linksAmong(graph, chosen);
    const std::vector<std::size_t> numbers = partNumbers(chosen.size(), links);
    std::vector<Part> parts;
    std::vector<std::size_t> place(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        parts.resize(std::max(parts.size(), numbers[i] + 1));
        Part& part = parts[numbers[i]];
        place[i] = part.network.nodes++;
        part.ids.push_back(chosen[i]);
        part.sizes.push_back(size(chosen[i]));
    }
    for (const Network::Link& link : links)
        parts[numbers[link.to]].network.links.push_back(
            {place[link.from], place[link.to], link.fromPort, link.toPort});
    return parts;
}

/// How far right each column begins; behind the last, where the part ends.
std::vector<double> columnBegins(const Part& part, const Order& order, const std::vector<double>& tops)
{
    std::vector<double> steepest(order.size());
    for (const Network::Link& link : part.network.links) {
        double& most = steepest[part.network.columns[link.to] - 1];
        most = std::max(most, std::abs(tops[link.from] - tops[link.to]));
    }
    std::vector<double> begins(order.size() + 1);
    for (std::size_t column = 0; column < order.size(); ++column) {
        double width = 0;
        for (const std::size_t vertex : order[column])
            if (!part.network.isBend(vertex))
                width = std::max(width, part.sizes[vertex].width);
        const double gap = std::clamp(steepest[column] / 8, columnGap, widestColumnGap);
        begins[column + 1] = begins[column] + width;
        if (column + 1 < order.size())
            begins[column + 1] = upToGrid(begins[column + 1] + gap);
    }
    return begins;
}

Drawing drawn(Part part)
{
    Network& network = part.network;
    assignColumns(network);
    addBends(network, network.nodes + std::max(bendsAlways, bendsForEachNode * network.nodes));
    const Order order = orderWithFewCrossings(network);
    std::vector<double> heights(network.vertices());
    for (std::size_t node = 0; node < network.nodes; ++node)
        heights[node] = part.sizes[node].height;
    const std::vector<double> down = tops(network, order, heights);
    const std::vector<double> begins = columnBegins(part, order, down);

    double first = down[0];  // Of the nodes: bends take no room at the edge.
    for (std::size_t node = 0; node < network.nodes; ++node)
        first = std::min(first, down[node]);
    Drawing drawing{{}, {begins.back(), 0}};
    for (std::size_t node = 0; node < network.nodes; ++node) {
        const Point point{begins[network.columns[node]], nearestOnGrid(down[node] - first)};
        drawing.positions.push_back({part.ids[node], point});
        drawing.extent.height = std::max(drawing.extent.height, point.y + heights[node]);
    }
    return drawing;
}

/// Puts drawings on shelves, from left to right and from top to bottom, in the given order.
Drawing shelved(const std::vector<Drawing>& drawings)
{
    double area = 0;
    double widest = 0;
    for (const Drawing& drawing : drawings) {
        area += (drawing.extent.width + partGap) * (drawing.extent.height + partGap);
        widest = std::max(widest, drawing.extent.width);
    }
    const double most = std::max(widest, std::sqrt(area * shelfRatio));

    Drawing all;
    Point corner;
    double shelfHeight = 0;
    for (const Drawing& drawing : drawings) {
        if (corner.x > 0 && corner.x + drawing.extent.width > most) {
            corner = {0, corner.y + upToGrid(shelfHeight + partGap)};
            shelfHeight = 0;
        }
        for (const Positions::Entry& entry : drawing.positions)
            all.positions.push_back({entry.node, {corner.x + entry.point.x, corner.y + entry.point.y}});
        all.extent.width = std::max(all.extent.width, corner.x + drawing.extent.width);
        all.extent.height = std::max(all.extent.height, corner.y + drawing.extent.height);
        corner.x += upToGrid(drawing.extent.width + partGap);
        shelfHeight = std::max(shelfHeight, drawing.extent.height);
    }
    std::ranges::sort(all.positions, {}, &Positions::Entry::node);
    return all;
}

struct Bounds {
    Point from;
    Point to;
};

std::optional<Bounds> boundsOf(const Positions& positions, std::span<const NodeId> nodes,
                               const std::function<Size(NodeId)>& size)
{
    std::optional<Bounds> bounds;
    for (const NodeId node : nodes) {
        const auto point = positions.find(node);
        if (!point)
            continue;
        const Size extent = size(node);
        if (!bounds)
            bounds = {*point, *point};
        bounds->from = {std::min(bounds->from.x, point->x), std::min(bounds->from.y, point->y)};
        bounds->to = {std::max(bounds->to.x, point->x + extent.width),
                      std::max(bounds->to.y, point->y + extent.height)};
    }
    return bounds;
}

/// Where the drawing's upper left corner goes: about the middle of where the nodes are now; below all others
/// where none of them has been placed yet.
Point cornerFor(const Drawing& drawing, const Diagram& diagram, std::span<const NodeId> chosen,
                const std::function<Size(NodeId)>& size)
{
    if (chosen.size() == diagram.graph.size())
        return {0, 0};
    if (const auto own = boundsOf(diagram.layout.positions, chosen, size))
        return {nearestOnGrid((own->from.x + own->to.x - drawing.extent.width) / 2),
                nearestOnGrid((own->from.y + own->to.y - drawing.extent.height) / 2)};
    if (const auto others = boundsOf(diagram.layout.positions, diagram.graph.ids(), size))
        return {nearestOnGrid(others->from.x), upToGrid(others->to.y + partGap)};
    return {0, 0};
}

}  // namespace

MoveNodes layered(const Diagram& diagram, std::span<const NodeId> nodes,
                  const std::function<Size(NodeId)>& size)
{
    const auto ids = nodes.empty() ? diagram.graph.ids() : nodes;
    std::vector<NodeId> chosen(ids.begin(), ids.end());
    std::ranges::sort(chosen);
    chosen.erase(std::ranges::unique(chosen).begin(), chosen.end());
    if (chosen.empty())
        return {};

    std::vector<Drawing> drawings;
    for (Part& part : connectedParts(diagram.graph, chosen, size))
        drawings.push_back(drawn(std::move(part)));
    std::ranges::stable_partition(drawings,
                                  [](const Drawing& drawing) { return drawing.positions.size() > 1; });

    Drawing all = shelved(drawings);
    const Point corner = cornerFor(all, diagram, chosen, size);
    for (Positions::Entry& entry : all.positions)
        entry.point = {corner.x + entry.point.x, corner.y + entry.point.y};
    return {std::move(all.positions)};
}

}  // namespace chainrule
