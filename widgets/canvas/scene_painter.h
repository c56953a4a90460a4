// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/link_painter.h"
#include "widgets/canvas/node_painter.h"
#include "widgets/canvas/scene.h"
#include "widgets/theme/theme.h"

#include <QImage>
#include <QPainter>

#include <span>

namespace chainrule {

/// From where the scene is seen, in pixels of the device.
struct Sight {
    qreal scale = 1;  ///< Of the camera: pixels of the widget for each unit.
    qreal ratio = 1;  ///< Pixels of the device for each pixel of the widget.
    QPointF origin;   ///< The pixel where the scene's origin is.

    qreal pixels() const { return scale * ratio; }
    QTransform transform() const { return {pixels(), 0, 0, pixels(), origin.x(), origin.y()}; }
    QRectF toScene(const QRectF& area) const
    {
        return {(area.topLeft() - origin) / pixels(), area.size() / pixels()};
    }
    QRect toPixels(const QRectF& area) const { return transform().mapRect(area).toAlignedRect(); }
    /// The same for a painter on the widget, which knows of the ratio itself.
    Sight onWidget() const { return {scale, 1, origin / ratio}; }
};

/// Draws a scene in its order: grid, frames and notes, links, nodes. Holds what painters have shaped before.
class ScenePainter {
public:
    /// Whether links are drawn by what they do in the backward pass; else all alike.
    void setShowsGradients(bool shows) { m_showsGradients = shows; }
    bool showsGradients() const { return m_showsGradients; }

    /// All of an area of the image, but for what is displaced.
    void paint(QImage& image, const QRect& pixels, const Theme& theme, const Scene& scene, const Sight& sight,
               std::span<const NodeId> selection);
    /// Some nodes and their links, on top.
    void paintNodes(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                    std::span<const NodeId> nodes, std::span<const NodeId> selection);
    void paintFaces(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                    std::span<const NodeId> nodes, std::span<const NodeId> selection);
    /// What flows now, and what broadcasting does.
    void paintLabels(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight);
    /// The links of a node, emphasized.
    void paintLinksOf(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight, NodeId node);
    /// The whole scene in full detail, as vectors where the painter makes such; in scene coordinates.
    void paintAll(QPainter& painter, const Theme& theme, const Scene& scene, qreal pixels);

private:
    LinkPainter::Look linkLook(Detail detail, const Sight& sight) const;

    NodePainter m_nodes;
    LinkPainter m_links;
    bool m_showsGradients = true;
};

}  // namespace chainrule
