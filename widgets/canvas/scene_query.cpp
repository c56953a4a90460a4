// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/ports.h"
#include "widgets/canvas/scene.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace chainrule {
namespace {

qreal distance(QPointF a, QPointF b)
{
    return std::hypot(a.x() - b.x(), a.y() - b.y());
}

}  // namespace

QPointF Scene::displacement(NodeId node) const
{
    return item(node).isDisplaced ? m_displacement : QPointF();
}

QRectF Scene::box(NodeId node) const
{
    return item(node).box;
}

QRectF Scene::bounds() const
{
    QRectF bounds;
    for (const Item& item : m_items)
        if (item.id != NodeId() && !item.box.isEmpty())
            bounds |= item.box;
    return bounds;
}

QRectF Scene::bounds(std::span<const NodeId> nodes) const
{
    QRectF bounds;
    for (const NodeId id : nodes)
        bounds |= box(id);
    return bounds;
}

std::vector<NodeId> Scene::nodesIn(const QRectF& area) const
{
    std::vector<NodeId> nodes;
    for (const std::uint32_t slot : m_nodeGrid.in(area))
        if (const Item& item = m_items[slot]; !item.isDisplaced && item.box.intersects(area))
            nodes.push_back(item.id);
    std::ranges::sort(nodes);
    return nodes;
}

LinkPath Scene::path(const Wire& wire) const
{
    LinkPath path{wire.start, wire.end};
    if (!m_displaced.empty()) {
        path.from += displacement(wire.from.node);
        path.to += displacement(wire.to.node);
    }
    if (!m_routes.empty())
        if (const auto route = m_routes.find(wire.to); route != m_routes.end())
            path.bends = route->second;
    return path;
}

const LinkFlow& Scene::flow(std::uint32_t wire) const
{
    std::optional<LinkFlow>& flow = m_flows[wire];
    if (!flow)
        flow = m_moment.isEmpty() ? LinkFlow() : m_measures.flow(m_moment, m_wires[wire].from, m_wires[wire].to);
    return *flow;
}

LinkState Scene::state(const Target& target) const
{
    return m_moment.link(target);
}

void Scene::show(std::shared_ptr<const HealthByNode> health, const HealthOptions& limits)
{
    m_health = std::move(health);
    m_healthLimits = limits;
}

const NodeHealth* Scene::health(NodeId node) const
{
    if (!m_health)
        return nullptr;
    const auto found = m_health->find(node);
    return found == m_health->end() ? nullptr : &found->second;
}

std::vector<NodeId> Scene::show(CheckByNode checks)
{
    std::vector<NodeId> changed;
    for (const auto& [node, was] : m_checks)
        if (!checks.contains(node))
            changed.push_back(node);
    for (const auto& [node, is] : checks)
        if (const NodeCheck* const was = check(node); !was || *was != is)
            changed.push_back(node);
    m_checks = std::move(checks);
    return changed;
}

const NodeCheck* Scene::check(NodeId node) const
{
    const auto found = m_checks.find(node);
    return found == m_checks.end() ? nullptr : &found->second;
}

LinkFlow Scene::flow(const Target& target) const
{
    for (const std::uint32_t number : item(target.node).incoming)
        if (m_wires[number].to == target)
            return flow(number);
    return {};
}

std::vector<std::uint32_t> Scene::wiresIn(const QRectF& area) const
{
    std::vector<std::uint32_t> wires = m_wireGrid.in(area);
    if (!m_displaced.empty())
        std::erase_if(wires, [&](std::uint32_t number) {
            return item(m_wires[number].from.node).isDisplaced || item(m_wires[number].to.node).isDisplaced;
        });
    return wires;
}

std::vector<std::uint32_t> Scene::wiresOf(NodeId node) const
{
    std::vector<std::uint32_t> wires = item(node).incoming;
    wires.insert(wires.end(), item(node).outgoing.begin(), item(node).outgoing.end());
    return wires;
}

std::vector<Link> Scene::linksIn(const QRectF& area) const
{
    std::vector<Link> links;
    for (const std::uint32_t number : wiresIn(area))
        if (path(m_wires[number]).bounds().intersects(area))
            links.push_back({source(m_wires[number].from), m_wires[number].to});
    return links;
}

std::vector<Link> Scene::linksOf(NodeId node) const
{
    std::vector<Link> links;
    for (const std::uint32_t number : wiresOf(node))
        links.push_back({source(m_wires[number].from), m_wires[number].to});
    return links;
}

QPointF Scene::at(const OutputId& output) const
{
    const Item& item = this->item(output.node);
    const auto last = std::uint32_t(item.shape.panelHeights.size() - 1);
    return box(output.node).topLeft() + item.shape.outputPort(std::min(output.index, last));
}

QPointF Scene::at(const Source& source) const
{
    return at(OutputId{source.node, outputIndex(source)});
}

QPointF Scene::at(const Target& target) const
{
    const Item& item = this->item(target.node);
    const InputPorts ports = inputPorts(node(target.node), target.node);
    const auto port = std::ranges::find(ports, target);
    return box(target.node).topLeft() + item.shape.inputPort(std::size_t(port - ports.begin()));
}

std::uint32_t Scene::outputIndex(const Source& source) const
{
    const Op* const op = findOp(node(source.node).op);
    if (!op || source.output.empty())
        return 0;
    if (op->variadicOutputs) {
        std::uint32_t index = 0;
        std::from_chars(source.output.data(), source.output.data() + source.output.size(), index);
        return std::min<std::uint32_t>(index, 255);  // What a document names need not be there.
    }
    const auto found = std::ranges::find(op->outputs, std::string_view(source.output));
    return found == op->outputs.end() ? 0 : std::uint32_t(found - op->outputs.begin());
}

Source Scene::source(const OutputId& output) const
{
    const Item& item = this->item(output.node);
    const Op* const op = findOp(node(output.node).op);
    if (!op || !item.hasNamedOutputs)
        return {output.node};
    if (op->variadicOutputs)
        return {output.node, std::to_string(output.index)};
    return {output.node, std::string(op->outputs[std::min<std::size_t>(output.index, op->outputs.size() - 1)])};
}

std::optional<Source> Scene::connected(const Target& target) const
{
    const Inputs& inputs = node(target.node).inputs;
    if (target.parameter >= inputs.size())
        return std::nullopt;
    const Input& input = inputs[target.parameter];
    if (const SourceList* const list = input.list()) {
        if (!target.item || *target.item >= list->size())
            return std::nullopt;
        return (*list)[*target.item];
    }
    const Source* const single = input.single();
    return single && !target.item ? std::optional(*single) : std::nullopt;
}

std::vector<Target> Scene::inputs(NodeId node) const
{
    const InputPorts ports = inputPorts(this->node(node), node);
    return {ports.begin(), ports.end()};
}

std::vector<OutputId> Scene::outputs(NodeId node) const
{
    std::vector<OutputId> outputs;
    for (std::uint32_t k = 0; k < item(node).shape.panelHeights.size(); ++k)
        outputs.push_back({node, k});
    return outputs;
}

std::optional<Hit> Scene::hitNode(const Item& item, QPointF position, qreal reach) const
{
    const QPointF inBox = position - item.box.topLeft();
    Hit hit{.node = item.id};
    qreal nearest = reach;
    for (std::size_t k = 0; k < item.shape.panelHeights.size(); ++k)
        if (const qreal away = distance(inBox, item.shape.outputPort(k)); away <= nearest) {
            nearest = away;
            hit.part = Hit::Part::Output;
            hit.output = {item.id, std::uint32_t(k)};
        }
    for (std::size_t k = 0; k < item.shape.inputs; ++k)
        if (const qreal away = distance(inBox, item.shape.inputPort(k)); away <= nearest) {
            nearest = away;
            hit.part = Hit::Part::Input;
            hit.target = inputPorts(node(item.id), item.id)[k];
        }
    if (hit.part != Hit::Part::Empty)
        return hit;
    if (!item.box.contains(position))
        return std::nullopt;
    hit.part = item.shape.title().contains(inBox) ? Hit::Part::Title : Hit::Part::Body;
    const NodeResult* const result = m_moment.result(item.id);
    for (std::uint32_t k = 0; k < item.shape.panelHeights.size(); ++k) {
        const QRectF value = item.shape.valuePanel(k);
        const QRectF gradient = item.shape.gradientPanel(k);
        const bool isValue = value.contains(inBox);
        if (!isValue && !(item.shape.hasGradient && gradient.contains(inBox)))
            continue;
        hit.part = isValue ? Hit::Part::Value : Hit::Part::Gradient;
        hit.output = {item.id, k};
        if (result && !result->error && k < result->outputs.size())
            hit.element = elementAt(panelGrid(result->outputs[k].tensor().shape()),
                                    inBox - (isValue ? value : gradient).topLeft());
    }
    return hit;
}

Hit Scene::hit(QPointF position, qreal reach) const
{
    const QRectF around(position - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach));
    const Item* topmost = nullptr;
    std::optional<Hit> found;
    // Ports stick out of their boxes, so those nearby count too.
    for (const std::uint32_t slot : m_nodeGrid.in(around)) {
        const Item& item = m_items[slot];
        if (item.isDisplaced || (topmost && item.id < topmost->id))
            continue;
        if (auto hit = hitNode(item, position, reach)) {
            found = std::move(hit);
            topmost = &item;
        }
    }
    if (found)
        return *found;
    Hit hit;
    qreal nearest = reach;
    for (const std::uint32_t number : wiresIn(around)) {
        const Wire& wire = m_wires[number];
        if (const qreal away = path(wire).distanceTo(position); away <= nearest) {
            nearest = away;
            hit = {.part = Hit::Part::Link, .node = wire.to.node, .target = wire.to};
        }
    }
    return hit;
}

void Scene::displace(std::span<const NodeId> nodes, QPointF by)
{
    m_displacement = by;
    if (std::ranges::equal(nodes, m_displaced))
        return;
    for (const NodeId id : m_displaced)
        if (const auto slot = slotOf(id))
            m_items[*slot].isDisplaced = false;
    m_displaced.clear();
    for (const NodeId id : nodes)
        if (const auto slot = slotOf(id)) {
            m_items[*slot].isDisplaced = true;
            m_displaced.push_back(id);
        }
}

const Face& Scene::face(NodeId node) const
{
    const Item& item = this->item(node);
    if (!item.face) {
        item.isAwaited = false;
        const auto panel = [&](const Tensor& tensor) {
            Panel made = m_panels->panel(tensor);
            item.isAwaited = item.isAwaited || made.kind == Panel::Kind::NotYet;
            return made;
        };
        const Freshness freshness = isStale(node) ? Freshness::Stale : Freshness::Current;
        item.face = std::make_unique<const Face>(faceOf(m_diagram, node, m_moment, freshness, panel));
    }
    return *item.face;
}

}  // namespace chainrule
