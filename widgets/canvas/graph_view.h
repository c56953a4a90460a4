// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/camera.h"
#include "widgets/canvas/gesture.h"
#include "widgets/canvas/scene.h"
#include "widgets/canvas/scene_painter.h"
#include "widgets/canvas/still_image.h"

#include <QBasicTimer>
#include <QList>
#include <QUrl>
#include <QWidget>

#include <memory>
#include <optional>
#include <vector>

class QNativeGestureEvent;

namespace chainrule {

enum class Which { Value, Gradient };  ///< Of an output: its value, or its gradient at the moment that is shown.

/// The canvas: pans, zooms, paints, and turns what the mouse and the keys do into edits that it asks for. Holds
/// selection, camera and the gesture under way; never the truth, which it is shown.
class GraphView : public QWidget {
    Q_OBJECT
public:
    explicit GraphView(QWidget* parent = nullptr);
    ~GraphView() override;

    const Scene& scene() const { return m_scene; }
    const Camera& camera() const { return m_camera; }
    /// By ascending id.
    const std::vector<NodeId>& selection() const { return m_selection; }
    void select(std::vector<NodeId> nodes);
    /// The one that commands for a single node are about: selected last; 0 without a selection.
    NodeId current() const { return m_current; }

    QPointF toScene(QPointF widget) const { return m_camera.toScene(widget); }
    QPointF toWidget(QPointF scene) const { return m_camera.toWidget(scene); }

    void frameSelection();
    void frameAll();
    void zoomTo(qreal scale);  ///< About the middle.
    void zoomBy(qreal factor);
    void selectAll();
    /// Scrolls as little as needed to show the node.
    void reveal(NodeId node);
    /// Opens the search for operations where the mouse is, or in the middle.
    void searchOps();
    void editName(NodeId node);
    /// Edits the literal of a source in place; `offset`: where its error is, for the caret.
    void editLiteral(NodeId node);
    /// The whole diagram at `scale`, without selection and grid: for pictures. Its upper left corner, with a margin,
    /// comes to the painter's origin; pictureSize() is how large it is.
    void renderAll(QPainter& painter, qreal scale = 1);
    QSizeF pictureSize() const;
    /// Whether the wheel of a mouse zooms (with Ctrl it always does) or scrolls; a trackpad always scrolls.
    enum class Wheel { Zooms, Scrolls };
    void setWheel(Wheel wheel) { m_wheel = wheel; }

public Q_SLOTS:
    void showDiagram(const chainrule::Diagram& now, const chainrule::Delta& delta);
    void showMoment(const chainrule::Moment& moment);
    /// Shown beside the mouse while files hover; empty for nothing.
    void showHoverText(const QString& text);

Q_SIGNALS:
    /// Edits with the same gesture, unless it is 0, are one step of undo.
    void editRequested(const chainrule::Edit& edit, int gesture);
    void selectionChanged();
    void zoomChanged(qreal scale);
    /// One sentence for the status line: why something was refused; empty when that has passed.
    void hinted(const QString& text);
    void contextMenuRequested(const chainrule::Hit& hit, QPoint global);
    void filesHovered(const QList<QUrl>& files);
    void filesDropped(const QList<QUrl>& files, QPointF position, chainrule::NodeId onNode);
    /// The person drags a value or gradient out of the window.
    void dragRequested(chainrule::OutputId output, chainrule::Which which);

protected:
    // graph_view.cpp and graph_view_navigation.cpp
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void timerEvent(QTimerEvent* event) override;

    // graph_view_input.cpp
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;

private:
    // Painting. Called after what their names say has changed.
    void repaintAll();
    void repaintNodes(std::span<const NodeId> nodes);
    void cameraChanged();
    /// Follows m_gesture: which nodes it displaces, and its preview. Also after it has begun or ended.
    void gestureChanged();
    Sight sight() const;
    void refreshStill();
    void paintHover(QPainter& painter);

    // Panning with the middle or right button, or with the left one while Space is held. Each is told of every event
    // first and says whether it was about panning. A right click that does not move asks for the context menu.
    bool panPress(QMouseEvent* event);
    bool panMove(QMouseEvent* event);
    bool panRelease(QMouseEvent* event);
    void spacePressed();
    /// Whether it was only tapped: no panning meanwhile.
    bool spaceReleased();
    /// The mouse moves about without a button.
    void hover(QPointF position);
    /// How far around a port or link it is taken, in scene units.
    qreal reach() const { return 8 / m_camera.scale(); }

    bool nativeGesture(QNativeGestureEvent* event);
    bool showTooltip(QPoint position, QPoint global);
    QString tooltipAt(QPointF position) const;
    void zoomAt(qreal scale, QPointF anchor);
    void setHovered(NodeId node);

    Scene m_scene;
    Camera m_camera;
    std::vector<NodeId> m_selection;
    NodeId m_current = {};
    std::unique_ptr<Gesture> m_gesture;
    QString m_hoverText;

    ScenePainter m_painter;
    StillImage m_still;
    Sight m_shown;  // What the still was drawn from.
    bool m_isFramePending = true;  // The first diagram is shown as a whole, once the widget has its size.

    struct Pan {
        Qt::MouseButton button;
        QPointF from;
        QPointF last;
        bool hasMoved = false;
    };
    std::optional<Pan> m_pan;
    Wheel m_wheel = Wheel::Zooms;
    bool m_isSpaceHeld = false;
    bool m_hasPannedWithSpace = false;
    NodeId m_hovered = {};
    bool m_isDimmed = false;  // The hovered node has been hovered for a while.
    QBasicTimer m_dimTimer;
};

}  // namespace chainrule
