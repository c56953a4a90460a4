// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/benchmarks/bench_graph.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace chainrule {

BenchGraph benchGraph(int count)
{
    const int columns = int(std::ceil(std::sqrt(0.8 * count)));
    const int rows = int(std::ceil(double(count) / columns));
    std::mt19937 random(7);
    const auto between = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
    const auto jitter = [&](double most) { return std::uniform_real_distribution(-most, most)(random); };
    const char* const titles[] = {"weight", "bias", "hidden", "product", "sum", "logits", "loss", "scale"};
    BenchGraph bench{{}, columns, rows, {}};
    for (int i = 0; i < count; ++i) {
        const int column = i / rows;
        const int row = i % rows;
        const auto at = [&](int c, int r) {
            return Source{{std::uint32_t(std::max(0, c) * rows + std::clamp(r, 0, rows - 1)) + 1}};
        };
        Node node{.name = std::string(titles[i % 8]) + std::to_string(i), .op = "tensor"};
        if (column == 0) {
            node.attributes = {{"value", std::string("[0.25, -0.5, 0.125]")}, {"requires_grad", true}};
        } else {
            node.inputs = {Input{at(column - 1, row + between(-2, 2))}};
            node.op = i % 2 == 0 ? "tanh" : "sigmoid";
            if (between(0, 1) == 1) {
                const bool isLong = between(1, 100) <= 5;
                node.inputs.push_back({isLong ? at(column - between(2, 40), between(0, rows - 1))
                                              : at(column - between(1, 2), row + between(-3, 3))});
                node.op = i % 2 == 0 ? "mul" : "add";
            }
        }
        const NodeId id = bench.diagram.graph.add(std::move(node));
        bench.diagram.layout.positions.set(id, {220.0 * column + jitter(20), 130.0 * row + jitter(15)});
    }
    bench.centre = {std::uint32_t(columns / 2 * rows + rows / 2) + 1};
    Graph& graph = bench.diagram.graph;
    const NodeId last = graph.ids().back();
    const NodeId sum = graph.add(Node{.name = "total", .op = "sum", .inputs = {Input{Source{last}}}});
    bench.diagram.layout.positions.set(sum, {220.0 * columns, 130.0 * rows / 2});
    graph.backward.push_back(Pass{.roots = {Source{sum}}});
    return bench;
}

}  // namespace chainrule
