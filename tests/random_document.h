// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace chainrule {

/// Documents from everything the format has, sources among earlier and later nodes without a cycle.
class RandomDocument {
public:
    explicit RandomDocument(unsigned seed) : m_random(seed) {}

    Diagram diagram()
    {
        Diagram d;
        const int count = below(12);
        // What a node may take is what comes later in this order, so there is no cycle.
        std::vector<int> order(count);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::shuffle(order, m_random);
        for (int i = 0; i < count; ++i) {
            Node node{.name = "n" + std::to_string(i), .op = oneOf({"mul", "split", "", "no.such", "ü\n\""})};
            for (int k = below(4); k > 0; --k)
                node.inputs.push_back(input(order, i));
            while (!node.inputs.empty() && node.inputs.back().isOpen())
                node.inputs.pop_back();
            for (int k = below(4); k > 0; --k)
                node.setAttribute(oneOf({"dim", "value", "dtype", "file", "α", ""}), attribute());
            node.retainGrad = below(4) == 0;
            node.muted = below(4) == 0;
            NodeExtras extras{.comment = text(), .unknownFields = rawFields()};
            if (below(4) == 0)
                extras.unreadAttributes = {{"unread", R"({"a": [1, "b", 99999999999999999999]})"}};
            node.extras = extras;
            const NodeId id = d.graph.add(std::move(node));
            if (below(2))
                d.layout.positions.set(id, point());
        }
        for (int k = count ? below(4) : 0; k > 0; --k)
            d.graph.backward.push_back(step(count));
        for (int k = below(3); k > 0; --k)
            d.graph.frames.push_back({text(), ids(count), below(2) == 0, rawFields()});
        for (int k = below(3); k > 0; --k) {
            d.layout.notes.push_back({text(), point(), {}, rawFields()});
            if (below(2))
                d.layout.notes.back().size = Size{number(), number()};
        }
        for (int k = count ? below(3) : 0; k > 0; --k)
            d.layout.routes.push_back({id(count), text(), item(), {point(), point()}, rawFields()});
        for (int k = 0, n = below(4); k < n; ++k) {
            d.layout.groups.push_back(
                {"g" + std::to_string(k), ids(count), {}, {}, below(2) == 0, rawFields()});
            if (k > 0)
                d.layout.groups[below(k)].groups.push_back("g" + std::to_string(k));
            if (below(2))
                d.layout.groups.back().position = point();
        }
        if (below(2))
            d.lesson = R"({"steps": [{"text": "x"}]})";
        d.unknownFields = rawFields();
        return d;
    }

private:
    int below(int n) { return std::uniform_int_distribution(0, n - 1)(m_random); }
    std::string oneOf(std::initializer_list<const char*> texts)
    {
        return texts.begin()[below(int(texts.size()))];
    }
    NodeId id(int count) { return {std::uint32_t(below(count) + 1)}; }
    std::vector<NodeId> ids(int count)
    {
        std::vector<NodeId> result;
        for (int k = count ? below(4) : 0; k > 0; --k)
            result.push_back(id(count));
        return result;
    }
    std::string text()
    {
        return oneOf({"", "plain", "\"\\/\b\f\n\r\t\x01\x7f", "Größe 🙂", "a:b, {}[]"});
    }
    double number()
    {
        switch (below(4)) {
        case 0: return below(1000);
        case 1: return std::bit_cast<double>((m_random() & 0xBFEF'FFFF'FFFF'FFFF));
        case 2: return -0.5 * below(1000);
        default: return std::ldexp(below(1000), below(2000) - 1000);
        }
    }
    Point point() { return {number(), number()}; }
    std::optional<std::int64_t> item()
    {
        return below(2) ? std::optional<std::int64_t>(below(9)) : std::nullopt;
    }
    RawFields rawFields()
    {
        if (below(3))
            return {};
        return {{"other", R"([1.50, {"a": null}])"}, {"näher \"", "1E5"}};
    }
    Source source(int node) { return {{std::uint32_t(node + 1)}, oneOf({"", "", "values", "0", "x:y"})}; }
    Input input(const std::vector<int>& order, int of)
    {
        const auto begin = std::ranges::find(order, of) + 1;
        const int later = int(order.end() - begin);
        if (later == 0 || below(4) == 0)
            return {};
        if (below(2))
            return {source(begin[below(later)])};
        SourceList list;
        for (int k = below(4); k > 0; --k)
            list.push_back(below(3) ? std::optional(source(begin[below(later)])) : std::nullopt);
        return {list};
    }
    Attribute attribute()
    {
        switch (below(12)) {
        case 0: return None();
        case 1: return below(2) == 0;
        case 2: return std::int64_t(m_random());
        case 3: return number();
        case 4: return text();
        case 5: return IntList{};
        case 6: return IntList{std::int64_t(m_random()), -1};
        case 7: return OptionalIntList{1, std::nullopt};
        case 8: return IntListList{{1, 2}, {}};
        case 9: return FloatList{number(), std::numeric_limits<double>::infinity()};
        case 10: return -0.0;
        default: return FloatList{-std::numeric_limits<double>::infinity(), 2};
        }
    }
    BackwardStep step(int count)
    {
        if (below(4) == 0)
            return ZeroGrad{below(2) == 0, rawFields()};
        Pass pass{.roots = {source(below(count))}};
        if (below(2))
            pass.gradients = {std::nullopt, source(below(count))};
        if (below(2))
            pass.retainGraph = below(2) == 0;
        pass.createGraph = below(2) == 0;
        if (below(2))
            pass.inputs = {source(below(count))};
        pass.unknownFields = rawFields();
        return pass;
    }

    std::mt19937_64 m_random;
};

}  // namespace chainrule
