// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"

#include <QGraphicsScene>
#include <QGraphicsView>

namespace chainrule {

/// What the canvas is compared with: the same graph in Qt's own view, tuned as its documentation advises. Its nodes
/// have a title, one value and ports, which is less than a face has.
class GraphicsView : public QGraphicsView {
public:
    GraphicsView();

    void showDiagram(const Diagram& diagram);
    void centre(NodeId node);
    void zoomTo(double scale);
    void scrollBy(QPointF pixels);

private:
    QGraphicsScene m_scene;
    std::vector<QGraphicsItem*> m_items;  // By id, of m_scene.
};

}  // namespace chainrule
