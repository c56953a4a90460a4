// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/delta.h"
#include "widgets/canvas/face.h"
#include "widgets/canvas/link_flow.h"
#include "widgets/canvas/link_path.h"
#include "widgets/canvas/node_check.h"
#include "widgets/canvas/node_health.h"
#include "widgets/canvas/node_shape.h"
#include "widgets/canvas/panel_cache.h"
#include "widgets/canvas/scene_grid.h"

#include <QPointF>
#include <QRectF>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace chainrule {

/// What lies under a point.
struct Hit {
    enum class Part { Empty, Body, Title, Value, Gradient, Input, Output, Link };
    Part part = Part::Empty;
    NodeId node = {};             ///< Of all parts but Empty; of a link, where it ends.
    OutputId output = {};         ///< Of Value, Gradient and Output: which output of the node.
    Target target = {};           ///< Of Input and Link.
    std::optional<std::int64_t> element = {};  ///< Of Value and Gradient: the element under the point, row-major.
};

/// A link as it is drawn.
struct Link {
    Source from;
    Target to;
};

/// What is drawn otherwise than before: nodes, and links by the numbers of their wires.
struct SceneChange {
    std::vector<NodeId> nodes;
    std::vector<std::uint32_t> wires;
};

/// Where everything is and what lies under a point: faces, ports and links in scene coordinates, found through a
/// grid. Plain data: it paints nothing and knows no widget. Also holds what faces are made from.
class Scene {
public:
    void show(const Diagram& now, const Delta& delta);
    /// Faces change their height with the shape of what they show; one whose node failed or has not been computed
    /// keeps the height that it had.
    /// @returns absent: all may be drawn otherwise.
    std::optional<SceneChange> show(const Moment& moment);

    const Diagram& diagram() const { return m_diagram; }
    const Moment& moment() const { return m_moment; }
    /// Whether the node has been edited, or what it depends on, since the moment's run.
    bool isStale(NodeId node) const { return m_stale.contains(node); }

    bool contains(NodeId node) const { return slotOf(node).has_value(); }
    QRectF box(NodeId node) const;
    const NodeShape& shape(NodeId node) const { return item(node).shape; }
    /// All nodes; empty without any.
    QRectF bounds() const;
    QRectF bounds(std::span<const NodeId> nodes) const;
    /// Those whose box touches the area, by ascending id.
    std::vector<NodeId> nodesIn(const QRectF& area) const;
    /// The links that may be seen in the area.
    std::vector<Link> linksIn(const QRectF& area) const;
    std::vector<Link> linksOf(NodeId node) const;

    QPointF at(const OutputId& output) const;
    QPointF at(const Source& source) const;
    QPointF at(const Target& target) const;
    /// The source that an output port stands for.
    Source source(const OutputId& output) const;
    /// What is connected there.
    std::optional<Source> connected(const Target& target) const;
    /// Of a node: its input ports, those of lists item by item and one more to append; its output ports.
    std::vector<Target> inputs(NodeId node) const;
    std::vector<OutputId> outputs(NodeId node) const;

    /// Ports are taken from `reach` around them, in scene units, links likewise. A node lies above those with smaller
    /// ids and above all links; its ports lie above its body.
    Hit hit(QPointF position, qreal reach) const;

    /// The nodes where the player stops; by ascending id.
    void mark(std::vector<NodeId> breakpoints) { m_breakpoints = std::move(breakpoints); }
    bool hasBreakpoint(NodeId node) const { return std::ranges::binary_search(m_breakpoints, node); }
    const std::vector<NodeId>& breakpoints() const { return m_breakpoints; }

    /// How gradients are, to be seen on the nodes; nullptr for nothing of it.
    void show(std::shared_ptr<const HealthByNode> health, const HealthOptions& limits);
    bool showsHealth() const { return m_health != nullptr; }
    /// nullptr where there is nothing to be said.
    const NodeHealth* health(NodeId node) const;
    const HealthOptions& healthLimits() const { return m_healthLimits; }

    /// How gradients fare against central differences. @returns the nodes of which something else is said now.
    std::vector<NodeId> show(CheckByNode checks);
    /// nullptr where it was not compared.
    const NodeCheck* check(NodeId node) const;

    /// Paints these nodes, and the ends of their links, displaced from where the diagram has them; empty: none. That is
    /// all: box() and at() stay. Meanwhile these nodes and their links are found by no area and no point.
    void displace(std::span<const NodeId> nodes, QPointF by);
    QPointF displacement(NodeId node) const;
    const std::vector<NodeId>& displaced() const { return m_displaced; }
    /// Of the node; none that is known.
    const Op* op(NodeId node) const { return item(node).op; }
    /// What the node shows; made when asked for and kept until it changes. Large tensors take their time: until
    /// panels() says that they are ready, their place holds "…".
    const Face& face(NodeId node) const;
    PanelCache& panels() const { return *m_panels; }
    /// Makes faces anew that waited for panels.
    void takePanels();

    /// A link by number, for painting.
    struct Wire {
        OutputId from;
        Target to;
        QPointF start = {};
        QPointF end = {};
        bool isUsed = false;
    };
    const Wire& wire(std::uint32_t number) const { return m_wires[number]; }
    LinkPath path(const Wire& wire) const;
    /// In the backward pass, at the moment.
    const LinkFlow& flow(std::uint32_t wire) const;
    LinkState state(std::uint32_t wire) const { return flow(wire).state; }
    LinkState state(const Target& target) const;
    /// Of a link that there is, by its end.
    LinkFlow flow(const Target& target) const;
    std::vector<std::uint32_t> wiresIn(const QRectF& area) const;
    /// Those that end at the node, then those that begin there.
    std::vector<std::uint32_t> wiresOf(NodeId node) const;

private:
    struct Item {
        NodeId id;
        QRectF box = {};
        NodeShape shape = {};
        const Op* op = nullptr;
        bool hasNamedOutputs = false;
        bool isDisplaced = false;
        std::vector<std::uint32_t> incoming = {};  // Wires.
        std::vector<std::uint32_t> outgoing = {};
        mutable std::unique_ptr<const Face> face = {};
        mutable bool isAwaited = false;  ///< A panel of the face.
    };

    std::optional<std::uint32_t> slotOf(NodeId node) const;
    const Item& item(NodeId node) const { return m_items[*slotOf(node)]; }
    Item& item(NodeId node) { return m_items[*slotOf(node)]; }
    const Node& node(NodeId id) const { return m_diagram.graph.at(id); }

    void add(NodeId id);
    void remove(NodeId id);
    void connect(NodeId id);
    void disconnect(NodeId id);
    void addWire(const Source& from, const Target& to);
    void removeWire(std::uint32_t number);
    void insertWire(std::uint32_t number);
    void placeWires(Item& item);
    void place(NodeId id, QPointF topLeft);
    void placeAll(const std::vector<NodeId>& nodes);
    void reshape(Item& item, NodeShape shape);
    NodeShape shapeNow(const Item& item) const;
    void reshapeAll(std::span<const NodeId> nodes);
    void takeRoutes();
    void findStale();
    void forgetAll(const Moment& before);
    SceneChange forget(std::span<const NodeId> nodes);
    std::uint32_t outputIndex(const Source& source) const;
    std::optional<Hit> hitNode(const Item& item, QPointF position, qreal reach) const;

    Diagram m_diagram;
    Moment m_moment;
    std::unordered_set<NodeId> m_stale;
    std::vector<Item> m_items;
    std::vector<std::uint32_t> m_freeItems;
    std::vector<std::uint32_t> m_slots;  // By id; noSlot where there is no such node.
    std::vector<Wire> m_wires;
    std::vector<std::uint32_t> m_freeWires;
    mutable std::vector<std::optional<LinkFlow>> m_flows;  // Of each wire, once asked for.
    std::map<Target, std::vector<QPointF>> m_routes;
    std::unordered_map<NodeId, QPointF> m_arranged;  // Where the diagram has no position.
    SceneGrid m_nodeGrid;
    SceneGrid m_wireGrid;
    std::vector<NodeId> m_displaced;
    QPointF m_displacement;
    std::vector<NodeId> m_breakpoints;
    std::shared_ptr<const HealthByNode> m_health;
    HealthOptions m_healthLimits;
    CheckByNode m_checks;
    std::unique_ptr<PanelCache> m_panels = std::make_unique<PanelCache>();
    mutable FlowMeasures m_measures{*m_panels};
};

}  // namespace chainrule
