// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/scene.h"

#include "widgets/canvas/arrange.h"
#include "widgets/canvas/ports.h"
#include "widgets/canvas/step_change.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::uint32_t noSlot = 0xffffffff;
constexpr float emptyPanelHeight = float(face_metrics::rowHeight);

/// Whether a node computes something else than it did.
bool computesAlike(const Node& a, const Node& b)
{
    return a.op == b.op && a.inputs == b.inputs && a.attributes == b.attributes && a.muted == b.muted
        && a.retainGrad == b.retainGrad && a.extras->unreadAttributes == b.extras->unreadAttributes;
}

std::vector<NodeId> withoutGrad(const Graph& graph)
{
    std::vector<NodeId> nodes;
    for (const Frame& frame : graph.frames)
        if (frame.noGrad)
            nodes.insert(nodes.end(), frame.nodes.begin(), frame.nodes.end());
    std::ranges::sort(nodes);
    return nodes;
}

}  // namespace

std::optional<std::uint32_t> Scene::slotOf(NodeId node) const
{
    if (node.value >= m_slots.size() || m_slots[node.value] == noSlot)
        return std::nullopt;
    return m_slots[node.value];
}

void Scene::show(const Diagram& now, const Delta& delta)
{
    displace({}, {});
    for (const NodeId id : delta.removed)
        disconnect(id);
    for (const NodeId id : delta.changed)
        disconnect(id);
    for (const NodeId id : delta.removed)
        remove(id);
    m_diagram = now;
    takeRoutes();
    for (const NodeId id : delta.added)
        add(id);
    reshapeAll(delta.added);
    reshapeAll(delta.changed);
    placeAll(delta.added);
    placeAll(delta.moved);
    for (const NodeId id : delta.added)
        connect(id);
    for (const NodeId id : delta.changed)
        connect(id);
    for (const NodeId id : delta.changed)
        item(id).face.reset();
    if (delta.affectsValues())
        findStale();
}

std::optional<SceneChange> Scene::show(const Moment& moment)
{
    const Moment before = std::exchange(m_moment, moment);
    auto changed = changedBetween(before, moment);
    if (changed) {
        std::erase_if(*changed, [this](NodeId id) { return !contains(id); });
        return forget(*changed);
    }
    forgetAll(before);
    if (!moment.isEmpty() && !before.isEmpty() && &moment.run() == &before.run())
        return std::nullopt;
    m_panels->beginRun();
    m_measures.beginRun();
    reshapeAll(m_diagram.graph.ids());
    findStale();
    return std::nullopt;
}

void Scene::forgetAll(const Moment& before)
{
    // Without a way back there is none at any backward step of a run.
    const bool isSameRun = !m_moment.isEmpty() && !before.isEmpty() && &m_moment.run() == &before.run();
    const bool isBackward = isSameRun && !m_moment.isForward() && !before.isForward();
    for (Item& item : m_items)
        item.face.reset();
    for (auto& flow : m_flows)
        if (flow && !(isBackward && (flow->state == LinkState::NoGradient || flow->state == LinkState::Detached)))
            flow.reset();
}

/// What these nodes and their links show, and what their neighbours say of them.
SceneChange Scene::forget(std::span<const NodeId> nodes)
{
    SceneChange change{.nodes = {nodes.begin(), nodes.end()}, .wires = {}};
    for (const NodeId id : nodes) {
        item(id).face.reset();
        for (const std::uint32_t number : wiresOf(id)) {
            const NodeId there = m_wires[number].to.node;
            item(there).face.reset();
            change.nodes.push_back(there);
            // Of one that nobody has asked for nothing has been drawn.
            if (const auto before = std::exchange(m_flows[number], std::nullopt); before && flow(number) != *before)
                change.wires.push_back(number);
        }
    }
    std::ranges::sort(change.nodes);
    change.nodes.erase(std::ranges::unique(change.nodes).begin(), change.nodes.end());
    return change;
}

void Scene::takePanels()
{
    for (Item& item : m_items)
        if (item.isAwaited)
            item.face.reset();
    for (auto& flow : m_flows)
        if (flow && flow->isAwaited)
            flow.reset();
}

void Scene::add(NodeId id)
{
    std::uint32_t slot = std::uint32_t(m_items.size());
    if (m_freeItems.empty()) {
        m_items.emplace_back();
    } else {
        slot = m_freeItems.back();
        m_freeItems.pop_back();
    }
    m_items[slot] = {.id = id};
    if (id.value >= m_slots.size())
        m_slots.resize(id.value + 1, noSlot);
    m_slots[id.value] = slot;
}

void Scene::remove(NodeId id)
{
    const auto slot = slotOf(id);
    if (!slot)
        return;
    // Consumers are disconnected before, as they have changed too.
    while (!m_items[*slot].outgoing.empty())
        removeWire(m_items[*slot].outgoing.back());
    m_nodeGrid.remove(*slot, m_items[*slot].box);
    m_items[*slot] = {};
    m_freeItems.push_back(*slot);
    m_slots[id.value] = noSlot;
    m_arranged.erase(id);
    m_stale.erase(id);
}

void Scene::connect(NodeId id)
{
    const Node& consumer = node(id);
    item(id).op = findOp(consumer.op);
    for (std::uint32_t p = 0; p < consumer.inputs.size(); ++p) {
        if (const Source* const source = consumer.inputs[p].single())
            addWire(*source, {id, p});
        else if (const SourceList* const list = consumer.inputs[p].list())
            for (std::uint32_t i = 0; i < list->size(); ++i)
                if ((*list)[i])
                    addWire(*(*list)[i], {id, p, i});
    }
}

void Scene::disconnect(NodeId id)
{
    if (const auto slot = slotOf(id))
        while (!m_items[*slot].incoming.empty())
            removeWire(m_items[*slot].incoming.back());
}

void Scene::addWire(const Source& from, const Target& to)
{
    if (!contains(from.node))
        return;
    const OutputId output{from.node, outputIndex(from)};
    Item& source = item(from.node);
    if (output.index >= source.shape.panelHeights.size()) {  // Not computed yet, and now we know of one more.
        NodeShape shape = source.shape;
        shape.panelHeights.resize(output.index + 1, emptyPanelHeight);
        source.hasNamedOutputs = true;
        reshape(source, std::move(shape));
    }
    std::uint32_t number = std::uint32_t(m_wires.size());
    if (m_freeWires.empty()) {
        m_wires.emplace_back();
    } else {
        number = m_freeWires.back();
        m_freeWires.pop_back();
    }
    m_flows.resize(m_wires.size());
    m_flows[number].reset();
    m_wires[number] = {.from = output, .to = to, .start = at(output), .end = at(to), .isUsed = true};
    source.outgoing.push_back(number);
    item(to.node).incoming.push_back(number);
    insertWire(number);
}

void Scene::insertWire(std::uint32_t number)
{
    for (const QRectF& area : path(m_wires[number]).areas())
        m_wireGrid.insert(number, area);
}

void Scene::removeWire(std::uint32_t number)
{
    Wire& wire = m_wires[number];
    for (const QRectF& area : path(wire).areas())
        m_wireGrid.remove(number, area);
    std::erase(item(wire.from.node).outgoing, number);
    std::erase(item(wire.to.node).incoming, number);
    wire.isUsed = false;
    m_freeWires.push_back(number);
}

void Scene::placeWires(Item& item)
{
    const auto placeEach = [&](const std::vector<std::uint32_t>& wires) {
        for (const std::uint32_t number : wires) {
            Wire& wire = m_wires[number];
            const QPointF start = at(wire.from);
            const QPointF end = at(wire.to);
            if (start == wire.start && end == wire.end)
                continue;
            for (const QRectF& area : path(wire).areas())
                m_wireGrid.remove(number, area);
            wire.start = start;
            wire.end = end;
            insertWire(number);
        }
    };
    placeEach(item.incoming);
    placeEach(item.outgoing);
}

void Scene::place(NodeId id, QPointF topLeft)
{
    Item& item = this->item(id);
    const std::uint32_t slot = *slotOf(id);
    const QRectF box(topLeft, QSizeF(face_metrics::width, item.shape.height()));
    if (!item.box.isEmpty())
        m_nodeGrid.remove(slot, item.box);
    item.box = box;
    m_nodeGrid.insert(slot, box);
    placeWires(item);
}

void Scene::placeAll(const std::vector<NodeId>& nodes)
{
    std::vector<NodeId> unplaced;
    for (const NodeId id : nodes) {
        if (const auto point = m_diagram.layout.positions.find(id)) {
            m_arranged.erase(id);
            place(id, {point->x, point->y});
        } else if (const auto known = m_arranged.find(id); known != m_arranged.end()) {
            place(id, known->second);
        } else {
            unplaced.push_back(id);
        }
    }
    if (unplaced.empty())
        return;
    const QRectF taken = bounds();
    const QPointF origin = taken.isEmpty() ? QPointF() : taken.bottomLeft() + QPointF(0, 40);
    const auto places = arranged(m_diagram.graph, unplaced, [&](NodeId id) {
        // More may come with the values: as high as it can become.
        const NodeShape& shape = item(id).shape;
        return shape.height()
            + qreal(shape.panelHeights.size()) * (face_metrics::panelHeight - face_metrics::rowHeight);
    });
    for (const auto& [id, point] : places) {
        m_arranged[id] = origin + point;
        place(id, origin + point);
    }
}

void Scene::reshape(Item& item, NodeShape shape)
{
    if (shape == item.shape)
        return;
    item.shape = std::move(shape);
    if (!item.box.isEmpty())
        place(item.id, item.box.topLeft());
}

NodeShape Scene::shapeNow(const Item& item) const
{
    NodeShape shape = item.shape;
    shape.inputs = std::uint16_t(inputPorts(node(item.id), item.id).size());
    const NodeResult* const result = m_moment.result(item.id);
    if (result && !result->error) {
        shape.panelHeights.clear();
        shape.hasGradient = false;
        for (const Value& output : result->outputs) {
            shape.panelHeights.push_back(float(panelGrid(output.tensor().shape()).size.height()));
            shape.hasGradient = shape.hasGradient || !output.tensor().isNumber();
        }
    }
    if (shape.panelHeights.empty())
        shape.panelHeights.push_back(emptyPanelHeight);
    return shape;
}

void Scene::reshapeAll(std::span<const NodeId> nodes)
{
    for (const NodeId id : nodes) {
        Item& item = this->item(id);
        if (const NodeResult* const result = m_moment.result(id); result && !result->error)
            item.hasNamedOutputs = m_moment.evaluation().hasNamedOutputs(id);
        reshape(item, shapeNow(item));
    }
}

void Scene::takeRoutes()
{
    std::map<Target, std::vector<QPointF>> routes;
    for (const Route& route : m_diagram.layout.routes)
        if (const auto target = targetOf(m_diagram.graph, route)) {
            std::vector<QPointF>& points = routes[*target];
            for (const Point& point : route.points)
                points.emplace_back(point.x, point.y);
        }
    if (routes == m_routes)
        return;
    std::vector<std::uint32_t> affected;
    for (std::uint32_t number = 0; number < m_wires.size(); ++number)
        if (m_wires[number].isUsed && (routes.contains(m_wires[number].to) || m_routes.contains(m_wires[number].to)))
            affected.push_back(number);
    for (const std::uint32_t number : affected)
        for (const QRectF& area : path(m_wires[number]).areas())
            m_wireGrid.remove(number, area);
    m_routes = std::move(routes);
    for (const std::uint32_t number : affected)
        insertWire(number);
}

void Scene::findStale()
{
    const auto before = std::exchange(m_stale, {});
    if (m_moment.isEmpty())
        return;
    const Graph& computed = m_moment.evaluation().graph();
    const std::vector<NodeId> nowWithout = withoutGrad(m_diagram.graph);
    const std::vector<NodeId> thenWithout = withoutGrad(computed);
    std::vector<NodeId> front;
    for (const NodeId id : m_diagram.graph.ids()) {
        if (!computed.contains(id))
            continue;
        const auto& now = m_diagram.graph.share(id);
        const auto& then = computed.share(id);
        const bool isAlike = (now == then || computesAlike(*now, *then))
            && std::ranges::binary_search(nowWithout, id) == std::ranges::binary_search(thenWithout, id);
        if (!isAlike)
            front.push_back(id);
    }
    while (!front.empty()) {
        const NodeId id = front.back();
        front.pop_back();
        if (!m_stale.insert(id).second)
            continue;
        for (const std::uint32_t number : item(id).outgoing)
            front.push_back(m_wires[number].to.node);
    }
    for (const NodeId id : m_diagram.graph.ids())
        if (m_stale.contains(id) != before.contains(id))
            item(id).face.reset();
}

}  // namespace chainrule
