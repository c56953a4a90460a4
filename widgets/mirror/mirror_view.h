// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/camera.h"
#include "widgets/mirror/mirror_painter.h"

#include <QWidget>

#include <memory>
#include <vector>

namespace chainrule {

/// The picture of a backward graph: pans, zooms, says what the mouse points at and what is chosen. Holds camera and
/// choice, never what is so.
class MirrorView : public QWidget {
    Q_OBJECT
public:
    explicit MirrorView(QWidget* parent = nullptr);

    /// Boxes stand as the scene's nodes do; nullptr: there is no graph.
    void show(std::shared_ptr<const GradGraph> graph, const Scene& scene);
    void showMoment(const Moment& moment);
    /// The nodes that are selected on the canvas; ascending.
    void setSelection(std::vector<NodeId> nodes);
    /// Rings the boxes of a node that another view points at; 0: none.
    void pointAt(NodeId node);

    const GradGraph* graph() const { return m_graph.get(); }
    const MirrorLayout& layoutOfBoxes() const { return m_layout; }
    const Camera& camera() const { return m_camera; }
    /// The grad_fn that was chosen here.
    std::optional<std::uint32_t> current() const { return m_marks.current; }
    /// Those of the selected nodes, or the chosen one alone.
    std::vector<std::uint32_t> chosen() const;
    void choose(std::optional<std::uint32_t> node);

    void frameAll();
    QString tooltipOf(std::uint32_t node) const;

Q_SIGNALS:
    /// A grad_fn was chosen, or none. `node`: whose it is, 0 if none's.
    void chosenChanged(chainrule::NodeId node);
    /// The mouse is over a grad_fn of this node, or 0.
    void hovered(chainrule::NodeId node);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    std::optional<std::uint32_t> nodeAt(QPointF position) const;
    bool isSelected(std::uint32_t node) const;
    void hover(QPointF position);
    void setHovered(std::optional<std::uint32_t> node);
    /// Scrolls if it is out of sight.
    void reveal(std::uint32_t node);
    /// Along an arrow, or to the nearest box above or below.
    void walk(int key);
    void copyName();
    void describe();

    std::shared_ptr<const GradGraph> m_graph;
    MirrorLayout m_layout;
    MirrorPainter m_painter;
    MirrorMarks m_marks;
    Camera m_camera;
    std::vector<NodeId> m_selection;
    std::optional<std::uint32_t> m_hovered;
    /// What is kept in sight when boxes or the widget's size change, until the person moves the picture.
    enum class Framing { Nothing, WhatIsReadable, All };
    void frame(Framing framing);
    Framing m_framing = Framing::WhatIsReadable;
    struct Pan {
        QPointF last;
        bool hasMoved = false;
    };
    std::optional<Pan> m_pan;
};

}  // namespace chainrule
