// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/scene.h"
#include "widgets/canvas/text_cache.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace chainrule {

/// Draws the faces of nodes, in scene coordinates. Holds fonts and texts that were drawn before, and no state.
class NodePainter {
public:
    NodePainter();

    struct Look {
        Detail detail = Detail::Full;
        qreal pixels = 1;  ///< Of the device for each scene unit.
        qreal ratio = 1;   ///< Of the device for each pixel of the widget.
        bool isSelected = false;
    };
    /// Draws Full or Title; blocks are drawn without a painter.
    void paint(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look);

    /// The colours of nodes that are blocks.
    class BlockColours {
    public:
        BlockColours(const Theme& theme, const Scene& scene);
        QRgb of(NodeId node) const;

    private:
        const Theme& m_theme;
        const Scene& m_scene;
        NodeId m_active = {};
        NodeId m_computing = {};
    };

private:
    void paintFace(QPainter& painter, const Theme& theme, const Face& face, const NodeShape& shape, const Look& look);
    void paintHeader(QPainter& painter, const Theme& theme, const Face& face);
    void paintPanel(QPainter& painter, const Theme& theme, const Panel& panel, const QRectF& area, const Look& look);
    void paintCells(QPainter& painter, const Theme& theme, const Panel& panel, QRectF area, const Look& look);
    void paintFooter(QPainter& painter, const Theme& theme, const Face& face, qreal height);
    void paintError(QPainter& painter, const Theme& theme, const Face& face, qreal height);
    void paintPorts(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node);
    void paintTitle(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look);
    void paintCheck(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look);
    void paintHealth(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look);

    TextCache m_name, m_op, m_type, m_badge, m_label, m_footer;
    std::unordered_map<int, TextCache> m_numbers;  // By size.
    std::unordered_map<int, TextCache> m_titles;   // By size in pixels of the device.
};

}  // namespace chainrule
