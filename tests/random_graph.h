// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace chainrule {

/// Graphs that mostly compute, with all that makes gradients hard to follow: tensors used several times and twice by
/// one operation, lists, several outputs, nodes that hand on their input, cut branches, errors, and many passes.
class RandomGraph {
public:
    explicit RandomGraph(unsigned seed) : m_random(seed) {}

    Graph graph()
    {
        m_graph = {};
        m_outputs.clear();
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
    /// The same with one node changed in what it computes, another in its place, a new one, or a branch cut.
    Graph edited(const Graph& graph)
    {
        Graph changed = graph;
        const NodeId id = changed.ids()[below(int(changed.size()))];
        const NodeId other = changed.ids()[below(int(changed.size()))];
        const std::string name = "new" + std::to_string(changed.size());
        Node node = changed.at(id);
        switch (below(10)) {
        case 4:
            changed.add({.name = name, .op = "autograd.grad", .inputs = {{Source{other}}, {Source{id}}}});
            return changed;
        case 5: {
            Node random{.name = name, .op = below(2) ? "randn" : "rand"};
            random.setAttribute("size", IntList{2, 3});
            random.setAttribute("seed", std::int64_t(below(2)));
            const NodeId drawn = changed.add(std::move(random));
            changed.add({.name = name + "x", .op = "mul", .inputs = {{Source{drawn}}, {Source{id}}}});
            return changed;
        }
        case 6:
            if (changed.frames.empty())
                changed.frames.push_back({"frame", {id, other}, true});
            else
                changed.frames.clear();
            return changed;
        case 7:  // From what stands before it, so that there is no cycle.
            if (!node.inputs.empty() && node.inputs[0].single() && other < id)
                node.inputs[0] = {Source{other}};
            break;
        case 0: node.muted = !node.muted; break;
        case 1: node.retainGrad = !node.retainGrad; break;
        default:
            if (node.op == "tensor" && below(4) > 0)
                node.setAttribute("value", literal(Size(below(3))));
            else if (node.op == "tensor")
                node.setAttribute("requires_grad", below(2) == 0);
            else if (node.op == "add")
                node.setAttribute("alpha", below(2) ? 0.0 : -0.0);
        }
        changed.replace(id, std::move(node));
        return changed;
    }

    int below(int n) { return std::uniform_int_distribution(0, n - 1)(m_random); }

private:
    /// Each broadcasts with the others, and the result is the larger: [], [1, 3], [2, 3], [2, 2, 3].
    enum class Size { One, Row, Rows, Deep };
    struct Output {
        Source source;
        Size size;
    };

    std::string number() { return std::to_string((below(41) - 20) / 8.0); }
    std::string row() { return "[" + number() + ", " + number() + ", " + number() + "]"; }
    std::string literal(Size size)
    {
        return size == Size::One ? number() : "[" + row() + (size == Size::Row ? "" : ", " + row()) + "]";
    }

    const Output& any() { return m_outputs[std::size_t(below(int(m_outputs.size())))]; }
    /// One of the latest, so that graphs become deep.
    const Output& recent()
    {
        const int count = int(m_outputs.size());
        return m_outputs[std::size_t(count - 1 - below(std::min(count, 4)))];
    }
    const Output* recent(Size size)
    {
        for (std::size_t i = m_outputs.size(); i-- > 0;)
            if (m_outputs[i].size == size && below(3) > 0)
                return &m_outputs[i];
        return nullptr;
    }

    NodeId add(Node node, Size size, std::initializer_list<const char*> outputs = {""})
    {
        node.name = "n" + std::to_string(m_graph.size());
        node.retainGrad = below(4) == 0;
        const NodeId id = m_graph.add(std::move(node));
        for (const char* const output : outputs)
            m_outputs.push_back({{id, output}, size});
        return id;
    }
    void addLeaf()
    {
        Node node{.name = "", .op = "tensor"};
        const Size size = below(3) == 0 ? Size::One : below(2) ? Size::Row : Size::Rows;
        node.setAttribute("value", literal(size));
        node.setAttribute("requires_grad", below(6) > 0);
        add(std::move(node), size);
    }
    void addNode()
    {
        switch (below(14)) {
        case 0: return addLeaf();
        case 1: return addMax();
        case 2: return addSplit();
        case 3: return addJoined();
        case 4: {
            const Output from = recent();
            Node node{.name = "", .op = "to", .inputs = {{from.source}}, .muted = below(6) == 0};
            node.setAttribute("dtype", std::string(below(3) ? "float32" : "float64"));
            add(std::move(node), from.size);
            return;
        }
        case 5: {
            const Output from = any();
            const bool isSum = below(2) == 0;
            add({.name = "", .op = isSum ? "sum" : "detach", .inputs = {{from.source}}, .muted = !isSum && below(2)},
                isSum ? Size::One : from.size);
            return;
        }
        case 6: {
            const Output a = recent(), b = any();
            const NodeId condition = m_graph.add({.name = "n" + std::to_string(m_graph.size()), .op = "gt",
                                                  .inputs = {{a.source}, {b.source}}});
            const Output c = any();
            add({.name = "", .op = "where", .inputs = {{Source{condition}}, {c.source}, {a.source}}},
                std::max({a.size, b.size, c.size}));
            return;
        }
        case 7:
        case 8:
        case 9: {
            const char* const unary[] = {"tanh", "neg", "sigmoid", "clone", "relu"};
            const Output from = recent();
            add({.name = "", .op = unary[below(5)], .inputs = {{from.source}}, .muted = below(3) == 0}, from.size);
            return;
        }
        default: {
            const char* const binary[] = {"add", "mul", "sub", "maximum", "div"};
            const Output a = recent(), b = below(3) == 0 ? a : any();
            const bool isMuted = below(6) == 0;
            add({.name = "", .op = binary[below(5)], .inputs = {{a.source}, {b.source}}, .muted = isMuted},
                isMuted ? a.size : std::max(a.size, b.size));
        }
        }
    }
    void addMax()
    {
        if (const Output* const from = recent(Size::Rows)) {
            Node node{.name = "", .op = "max", .inputs = {{from->source}}};
            node.setAttribute("dim", std::int64_t(0));
            node.setAttribute("keepdim", true);
            const NodeId id = add(std::move(node), Size::Row, {"values", "values"});
            if (below(3) == 0)
                m_outputs.push_back({{id, "indices"}, Size::Row});
        }
    }
    void addSplit()
    {
        if (const Output* const from = recent(Size::Rows)) {
            Node node{.name = "", .op = "split", .inputs = {{from->source}}};
            node.setAttribute("split_size_or_sections", std::int64_t(1));
            add(std::move(node), Size::Row, {"0", "1"});
        }
    }
    void addJoined()
    {
        const bool isStack = below(2) == 0;
        const Output* const first = recent(isStack ? Size::Rows : Size::Row);
        const Output* const second = recent(isStack ? Size::Rows : Size::Row);
        if (first && second)
            add({.name = "", .op = isStack ? "stack" : "cat", .inputs = {{SourceList{first->source, second->source}}}},
                isStack ? Size::Deep : Size::Rows);
    }

    Pass pass()
    {
        Pass pass{.roots = {}};
        for (int i = 1 + below(2); i > 0; --i) {
            if (below(12) > 0) {  // A sum needs no upstream gradient.
                const Output from = recent();
                add({.name = "", .op = "sum", .inputs = {{from.source}}}, Size::One);
            }
            pass.roots.push_back(m_outputs.back().source);
        }
        if (below(6) == 0)
            for (const Source& root : pass.roots)
                pass.gradients.push_back(below(2) ? std::optional(root) : std::nullopt);
        if (below(8) > 0)
            pass.retainGraph = true;
        pass.createGraph = below(5) == 0;
        if (below(8) == 0)
            pass.inputs = {any().source, any().source};
        return pass;
    }

    std::mt19937 m_random;
    Graph m_graph;
    std::vector<Output> m_outputs;
};

}  // namespace chainrule
