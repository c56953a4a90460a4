// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/delta.h"
#include "widgets/canvas/face.h"

#include <QPointF>
#include <QRectF>

#include <cstdint>
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

/// Where everything is and what lies under a point: faces, ports and links in scene coordinates, found through a
/// grid. Plain data: it paints nothing and knows no widget. Also holds what faces are made from.
class Scene {
public:
    void show(const Diagram& now, const Delta& delta);
    /// Faces change their height with the shape of what they show.
    void show(const Moment& moment);

    const Diagram& diagram() const { return m_diagram; }
    const Moment& moment() const { return m_moment; }
    /// Whether the node has been edited, or what it depends on, since the moment's run.
    bool isStale(NodeId node) const { return m_stale.contains(node); }

    QRectF box(NodeId node) const;
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

    /// Ports are taken from `reach` around them, in scene units, links likewise.
    Hit hit(QPointF position, qreal reach) const;

    /// Moves boxes without the diagram, while a drag is under way; show() puts them right.
    void displace(std::span<const NodeId> nodes, QPointF by);
    /// What the node shows; made when asked for and kept until it changes.
    const Face& face(NodeId node) const;

private:
    Diagram m_diagram;
    Moment m_moment;
    std::unordered_set<NodeId> m_stale;
    // The rest is the implementation's.
};

}  // namespace chainrule
