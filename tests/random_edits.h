// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/diagram_model.h"

#include <QtGlobal>

#include <random>

namespace chainrule {

/// The seed of a random test, said so that it can be set again: by the environment variable CHAINRULE_SEED.
inline unsigned seedFor(const char* what)
{
    bool isGiven = false;
    const unsigned given = qEnvironmentVariable("CHAINRULE_SEED").toUInt(&isGiven);
    const unsigned seed = isGiven ? given : std::random_device()();
    qInfo("%s: CHAINRULE_SEED=%u", what, seed);
    return seed;
}

/// Edits of every kind for a diagram as the model has it; about one in ten is not allowed.
class RandomEdits {
public:
    explicit RandomEdits(unsigned seed) : m_random(seed) {}

    int below(std::size_t n) { return std::uniform_int_distribution(0, int(n) - 1)(m_random); }
    bool chance(int percent) { return below(100) < percent; }

    /// Nodes, and everything that refers to them and that no edit makes: frames, groups, bends.
    Diagram diagram()
    {
        m_mayMiss = false;
        Diagram diagram;
        while (diagram.graph.size() < 12)
            if (auto grown = apply(diagram, addition(DiagramModel(diagram))))
                diagram = *std::move(grown);
        const DiagramModel model(diagram);
        for (int k = 0; k < 2; ++k)
            diagram.graph.frames.push_back({"F", some(model, 4), k == 0});
        diagram.layout.groups = {{"block", some(model, 3), {"inner"}}, {"inner", some(model, 2)}};
        for (const auto& [id, item] : model.items)
            for (std::size_t i = 0; i < item.slots.size(); ++i) {
                const auto op = DiagramModel::operations().find(item.op);
                const auto& slot = item.slots[i];
                if (op == DiagramModel::operations().end() || i >= op->second.size()
                    || op->second[i].takesList != (slot.kind == DiagramModel::Slot::Kind::List))
                    continue;
                for (std::size_t k = 0; k < slot.links.size(); ++k)
                    if (slot.links[k].source && chance(70))
                        diagram.layout.routes.push_back(
                            {{id},
                             op->second[i].name,
                             op->second[i].takesList ? std::optional<std::int64_t>(k) : std::nullopt,
                             {point(), point()}});
            }
        m_mayMiss = true;
        return diagram;
    }

    Edit edit(const DiagramModel& model)
    {
        if (model.items.size() < 4 || (model.items.size() < 40 && chance(18)))
            return addition(model);
        if (chance(8))
            return several(model);
        switch (below(10)) {
        case 0: return RemoveNodes{some(model, 3)};
        case 1:
        case 2: return connection(model);
        case 3: return disconnection(model);
        case 4: return SetAttribute{node(model), name("a", 3), attribute()};
        case 5: return UnsetAttribute{node(model), name("a", 3)};
        case 6: return mark(model);
        case 7:
            return Rename{node(model),
                          chance(90) ? name("n", 400) : oneOf({"block", "lambda", "1x", "", "n 1"})};
        case 8: return move(model);
        default: return backward(model);
        }
    }

private:
    std::string oneOf(std::initializer_list<const char*> texts) { return texts.begin()[below(texts.size())]; }
    std::string name(const char* stem, int count) { return stem + std::to_string(below(count)); }
    Point point() { return {double(below(1000)), double(below(1000))}; }
    NodeId node(const DiagramModel& model)
    {
        if (model.items.empty() || (m_mayMiss && chance(2)))
            return {std::uint32_t(below(1000) + 1000)};
        return {std::next(model.items.begin(), below(model.items.size()))->first};
    }
    Source source(const DiagramModel& model) { return {node(model), chance(20) ? "values" : ""}; }
    std::vector<NodeId> some(const DiagramModel& model, int most)
    {
        std::vector<NodeId> nodes;
        for (int k = below(most + 1); k > 0; --k)
            nodes.push_back(node(model));
        return nodes;
    }
    Attribute attribute()
    {
        switch (below(4)) {
        case 0: return std::int64_t(below(3));
        case 1: return -0.0;
        case 2: return None();
        default: return oneOf({"a", "nan"});
        }
    }
    AddNode addition(const DiagramModel& model)
    {
        Node node{.name = name("n", 400),
                  .op = oneOf({"tensor", "neg", "mul", "mul", "linear", "cat", "cat", "no.such"})};
        const auto op = DiagramModel::operations().find(node.op);
        const bool isKnown = op != DiagramModel::operations().end();
        const int slots = model.items.empty() ? 0 : isKnown ? int(op->second.size()) : below(4);
        for (int i = 0; i < slots; ++i) {
            Input& input = node.inputs.emplace_back();
            if (chance(30))
                continue;
            input.value = source(model);
            // Now and then, as a document may, the one in place of the other.
            if (chance(isKnown ? (op->second[i].takesList ? 95 : 3) : 40)) {
                SourceList list;
                for (int k = below(5); k > 0; --k)
                    list.push_back(chance(10) ? std::nullopt : std::optional(source(model)));
                input.value = std::move(list);
            }
        }
        if (chance(30))
            node.setAttribute(name("a", 3), attribute());
        return {{model.lastId + 1}, std::move(node), chance(60) ? std::optional(point()) : std::nullopt};
    }
    Target target(const DiagramModel& model)
    {
        Target to{node(model)};
        for (int attempt = 0; attempt < 5; ++attempt) {
            const auto item = model.items.find(to.node.value);
            if (item != model.items.end() && (!item->second.slots.empty() || item->second.op != "tensor"))
                break;
            to.node = node(model);
        }
        const auto found = model.items.find(to.node.value);
        if (found == model.items.end())
            return to;
        const auto op = DiagramModel::operations().find(found->second.op);
        const auto& slots = found->second.slots;
        const bool isKnown = op != DiagramModel::operations().end();
        const std::size_t count = isKnown ? op->second.size() : slots.size();
        to.parameter = count == 0 || chance(2) ? below(5) : below(count);
        const std::size_t items = to.parameter < slots.size() ? slots[to.parameter].links.size() : 0;
        const bool takesList =
            isKnown && to.parameter < count
                ? op->second[to.parameter].takesList
                : to.parameter < slots.size() && slots[to.parameter].kind == DiagramModel::Slot::Kind::List;
        if (chance(2) || (takesList && chance(85)))
            to.item = below(items + (chance(90) ? 1 : 3));
        return to;
    }
    Edit connection(const DiagramModel& model)
    {
        Connect connect{source(model), target(model)};
        for (int attempt = chance(15) ? 8 : 0; attempt < 8; ++attempt) {
            const bool closes = model.items.contains(connect.from.node.value)
                                && model.dependsOn(connect.from.node.value, connect.to.node.value);
            if (!closes)
                break;
            connect.from = source(model);
        }
        return connect;
    }
    Edit disconnection(const DiagramModel& model)
    {
        Target to = target(model);
        const auto item = model.items.find(to.node.value);
        if (item != model.items.end() && to.item && to.parameter < item->second.slots.size()) {
            const std::size_t count = item->second.slots[to.parameter].links.size();
            if (count == 0 || item->second.slots[to.parameter].kind != DiagramModel::Slot::Kind::List)
                to.item.reset();
            else if (*to.item >= count && chance(90))
                to.item = below(count);
        }
        return Disconnect{to};
    }
    Edit mark(const DiagramModel& model)
    {
        Mark mark{node(model)};
        if (chance(40))
            mark.retainGrad = chance(50);
        if (chance(40))
            mark.muted = chance(50);
        if (chance(40))
            mark.comment = oneOf({"", "why", "because"});
        return mark;
    }
    Edit move(const DiagramModel& model)
    {
        MoveNodes move;
        for (const NodeId node : some(model, 4))
            move.positions.push_back({node, point()});
        return move;
    }
    Edit backward(const DiagramModel& model)
    {
        SetBackward backward;
        for (int k = below(4); k > 0; --k) {
            if (chance(20)) {
                backward.steps.push_back(ZeroGrad{chance(50)});
                continue;
            }
            Pass pass;
            const bool hasGradients = chance(50);
            for (int r = chance(2) ? 0 : 1 + below(3); r > 0; --r) {
                pass.roots.push_back(source(model));
                if (hasGradients)
                    pass.gradients.push_back(chance(50) ? std::nullopt : std::optional(source(model)));
            }
            if (chance(40))
                pass.inputs = {source(model), source(model)};
            backward.steps.push_back(std::move(pass));
        }
        return backward;
    }
    /// Later ones see what earlier ones did. One that is refused is the last: a link that closes a cycle is refused only at
    /// the end, and until then nodes that are added have other ids than without it.
    Edit several(const DiagramModel& model)
    {
        Several several{"Several", {}};
        DiagramModel growing = model;
        for (int k = below(5); k > 0; --k) {
            several.edits.push_back(edit(growing));
            if (!growing.apply(several.edits.back()))
                break;
        }
        return several;
    }

    std::mt19937 m_random;
    bool m_mayMiss = true;  // Whether a node may be one that there is not.
};

}  // namespace chainrule
