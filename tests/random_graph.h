// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"

#include <random>

namespace chainrule {

/// Graphs that mostly compute, with all that makes gradients hard to follow: tensors used several times and twice by
/// one operation, lists, several outputs, nodes that hand on their input, cut branches, errors, and many passes.
class RandomGraph {
public:
    explicit RandomGraph(unsigned seed) : m_random(seed) {}

    Graph graph()
    {
        m_graph = {};
        m_sources.clear();
        for (int i = 2 + below(3); i > 0; --i)
            addLeaf();
        for (int i = 3 + below(14); i > 0; --i)
            addNode();
        for (int i = below(5); i > 0; --i)
            m_graph.backward.push_back(below(5) == 0 ? BackwardStep(ZeroGrad{below(2) == 0}) : BackwardStep(pass()));
        if (below(4) == 0)
            m_graph.frames.push_back({"frame", {m_graph.ids()[below(int(m_graph.size()))]}, true});
        return m_graph;
    }
    /// The same with one node changed in what it computes.
    Graph edited(const Graph& graph)
    {
        Graph changed = graph;
        const NodeId id = changed.ids()[below(int(changed.size()))];
        Node node = changed.at(id);
        switch (below(4)) {
        case 0: node.muted = !node.muted; break;
        case 1: node.retainGrad = !node.retainGrad; break;
        default:
            if (node.op == "tensor")
                node.setAttribute(below(4) ? "value" : "requires_grad",
                                  below(4) ? Attribute(literal()) : Attribute(below(2) == 0));
            else if (node.op == "add")
                node.setAttribute("alpha", below(2) ? 0.0 : -0.0);
        }
        changed.replace(id, std::move(node));
        return changed;
    }

    int below(int n) { return std::uniform_int_distribution(0, n - 1)(m_random); }

private:
    std::string number() { return std::to_string((below(41) - 20) / 8.0); }
    std::string literal()
    {
        const auto row = [&] { return "[" + number() + ", " + number() + ", " + number() + "]"; };
        switch (below(4)) {
        case 0: return number();
        case 1: return row();
        default: return "[" + row() + ", " + row() + "]";
        }
    }
    Source source() { return m_sources[std::size_t(below(int(m_sources.size())))]; }
    /// Rather one of the latest, so that graphs become deep.
    Source recent()
    {
        const int count = int(m_sources.size());
        return m_sources[std::size_t(count - 1 - below(std::min(count, 4)))];
    }

    void add(Node node, std::initializer_list<const char*> outputs = {""})
    {
        node.name = "n" + std::to_string(m_graph.size());
        node.retainGrad = below(4) == 0;
        const NodeId id = m_graph.add(std::move(node));
        for (const char* const output : outputs)
            m_sources.push_back({id, output});
    }
    void addLeaf()
    {
        Node node{.name = "", .op = "tensor"};
        node.setAttribute("value", literal());
        node.setAttribute("requires_grad", below(5) > 0);
        add(std::move(node));
    }
    void addNode()
    {
        Node node{.name = "", .op = ""};
        switch (below(14)) {
        case 0: return addLeaf();
        case 1:
            node.op = "max";
            node.inputs = {{recent()}};
            node.setAttribute("dim", std::int64_t(0));
            return add(std::move(node), {"values", "values", "indices"});
        case 2:
            node.op = "split";
            node.inputs = {{recent()}};
            node.setAttribute("split_size_or_sections", std::int64_t(1 + below(2)));
            return add(std::move(node), {"0", "1"});
        case 3:
            node.op = below(2) ? "stack" : "cat";
            node.inputs = {{SourceList{recent(), source()}}};
            if (below(2))
                std::get<SourceList>(node.inputs[0].value).push_back(recent());
            break;
        case 4:
            node.op = "to";
            node.inputs = {{recent()}};
            node.setAttribute("dtype", std::string(below(3) ? "float32" : "float64"));
            break;
        case 5:
            node.op = below(2) ? "detach" : "sum";
            node.inputs = {{source()}};
            break;
        case 6:
            node.op = "where";
            node.inputs = {{source()}, {recent()}, {source()}};
            break;
        case 7: {
            const Source twice = recent();
            node.op = below(2) ? "mul" : "add";
            node.inputs = {{twice}, {twice}};
            break;
        }
        case 8:
        case 9: {
            const char* const unary[] = {"tanh", "neg", "sigmoid", "clone", "relu"};
            node.op = unary[below(5)];
            node.inputs = {{recent()}};
            break;
        }
        default: {
            const char* const binary[] = {"add", "mul", "sub", "maximum", "div"};
            node.op = binary[below(5)];
            node.inputs = {{recent()}, {source()}};
        }
        }
        node.muted = below(6) == 0;
        add(std::move(node));
    }
    Pass pass()
    {
        // A sum as root needs no upstream gradient.
        Pass pass{.roots = {}};
        for (int i = 1 + below(2); i > 0; --i) {
            if (below(4) == 0) {
                pass.roots.push_back(recent());
                continue;
            }
            Node node{.name = "", .op = "sum", .inputs = {{recent()}}};
            node.muted = false;
            add(std::move(node));
            pass.roots.push_back(m_sources.back());
        }
        if (below(6) == 0) {
            for (const Source& root : pass.roots)
                pass.gradients.push_back(below(2) ? std::optional(root) : std::nullopt);
        }
        if (below(5) > 0)
            pass.retainGraph = true;
        pass.createGraph = below(5) == 0;
        if (below(5) == 0)
            pass.inputs = {source(), source()};
        return pass;
    }

    std::mt19937 m_random;
    Graph m_graph;
    std::vector<Source> m_sources;
};

}  // namespace chainrule
