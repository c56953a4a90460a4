// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/camera.h"
#include "widgets/canvas/gesture.h"
#include "widgets/canvas/gradient_number.h"
#include "widgets/canvas/picked_ports.h"
#include "widgets/canvas/press.h"
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

class QMimeData;
class QNativeGestureEvent;

namespace chainrule {

class InPlaceEditing;

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
    void editLiteral(NodeId node, std::optional<std::size_t> offset = {});
    /// Adds a node of this op in the middle, or below what stands there.
    void addOp(const QString& name);
    /// The link that was clicked, by its end.
    std::optional<Target> currentLink() const { return m_link; }
    /// Whether all on the screen is as it should be. After a change of scale what was there is shown stretched at once,
    /// and drawn anew by and by.
    bool isSettled() const { return !m_isSettling; }
    /// Whether the wheel of a mouse zooms (with Ctrl it always does) or scrolls; a trackpad always scrolls.
    enum class Wheel { Zooms, Scrolls };
    void setWheel(Wheel wheel) { m_wheel = wheel; }
    /// Whether links are drawn by what they do in the backward pass; else all alike.
    void setShowsGradients(bool shows);
    bool showsGradients() const { return m_painter.showsGradients(); }
    /// Tints nodes by their gradient and says what is wrong with it; nullptr: not.
    void showHealth(std::shared_ptr<const HealthByNode> health, const HealthOptions& limits);
    /// Says on nodes how their gradients fare against central differences.
    void showChecks(CheckByNode checks);
    /// Marks the nodes at which the player stops.
    void showBreakpoints(const std::vector<NodeId>& nodes);
    /// Rings a node that another view points at; 0: none.
    void pointAt(NodeId node);

public Q_SLOTS:
    void showDiagram(const chainrule::Diagram& now, const chainrule::Delta& delta);
    void showMoment(const chainrule::Moment& moment);
    /// Shown beside the mouse while files hover; empty for nothing.
    void showHoverText(const QString& text);
    QString hoverText() const { return m_hoverText; }

Q_SIGNALS:
    /// Edits with the same gesture, unless it is 0, are one step of undo.
    void editRequested(const chainrule::Edit& edit, int gesture);
    void selectionChanged();
    void zoomChanged(qreal scale);
    /// The mouse has come to be over a node, or 0: over none.
    void hovered(chainrule::NodeId node);
    /// One sentence for the status line, as long as it holds: what the mouse would do here; empty when that has passed.
    void hinted(const QString& text);
    /// Why a gesture that has ended did nothing.
    void refused(const QString& reason);
    void contextMenuRequested(const chainrule::Hit& hit, QPoint global);
    void filesHovered(const QList<QUrl>& files);
    void filesDropped(const QList<QUrl>& files, QPointF position, chainrule::NodeId onNode);
    /// The person drags a value or gradient out of the window.
    void dragRequested(chainrule::OutputId output, chainrule::Which which);
    /// A number of a gradient was clicked: where does it come from?
    void explanationRequested(chainrule::OutputId output, std::int64_t element);

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
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

    // graph_view_keys.cpp
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;

    // graph_view_drop.cpp
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    // Painting. Called after what their names say has changed.
    void repaintAll();
    void repaintNodes(std::span<const NodeId> nodes);
    void repaintChanged(const SceneChange& change);
    void cameraChanged();
    /// Follows m_gesture: which nodes it displaces, and its preview. Also after it has begun or ended.
    void gestureChanged();
    Sight sight() const;
    /// Draws what is missing; in a hurry only some of it, if the scale has changed.
    enum class Hurry { No, Yes };
    void refreshStill(Hurry hurry);
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
    void hoverPart(const Hit& hit);
    /// The number of a gradient that a click there would explain.
    std::optional<GradientNumber> explainable(const Hit& hit) const;
    /// How far around a port or link it is taken, in scene units.
    qreal reach() const { return 8 / m_camera.scale(); }

    bool nativeGesture(QNativeGestureEvent* event);
    bool showTooltip(QPoint position, QPoint global);
    QString tooltipAt(QPointF position) const;
    void zoomAt(qreal scale, QPointF anchor);
    void setHovered(NodeId node);

    // Gestures (graph_view_gestures.cpp). A press becomes one once the mouse has moved, or else a click.
    void selectForPress();
    void beginDrag(QPointF position, Qt::KeyboardModifiers modifiers);
    std::unique_ptr<Gesture> gestureOf(Drag drag, const Press& press);
    void begin(std::unique_ptr<Gesture> gesture);
    void moveGesture(QPointF position, Qt::KeyboardModifiers modifiers);
    void finishGesture();
    void cancelGesture();
    void click(const Press& press);
    void clickNode(const Press& press);
    void doubleClick(const Press& press);
    void clickPort(const Port& port);
    /// A port was clicked, and the next one that is clicked gets a link to it. @returns whether that was it.
    bool clickSecondPort(const QMouseEvent& event);
    void diagramChanged(const Delta& delta);
    void scrollAtEdge();
    void setLink(std::optional<Target> link);
    void hint(const QString& text);
    Objection objection() const;

    // Edits.
    void request(const Edit& edit, int gesture = 0);
    void handle(const Outcome& outcome);
    void askForOp(const AskForOp& ask);
    /// Where the mouse is, or the middle, in the widget.
    QPointF place() const;
    void paste(const QString& text, QPointF position);

    // Keys.
    bool handleKey(QKeyEvent& event);
    /// Whether the key is the canvas's now, whatever command has it for a shortcut.
    bool isOwnKey(const QKeyEvent& event) const;
    bool handleArrow(const QKeyEvent& event);
    bool handleText(const QString& text);
    bool escape();
    void walk(QPointF direction);
    void walkAlong(int direction);
    void makeCurrent(NodeId node);
    void openPortMenu();
    void pick(const Port& port);
    void connectPicked();

    // Drops.
    bool mayDrop(const QMimeData& dragged) const;
    void hoverFiles(QPointF position);
    void endDrop();

    /// What belongs to input: picked ports, the link that was clicked, where a drop would go, the focus.
    void paintInput(QPainter& painter, const Theme& theme, const Sight& sight);

    Scene m_scene;
    Camera m_camera;
    std::vector<NodeId> m_selection;
    NodeId m_current = {};
    std::unique_ptr<Gesture> m_gesture;
    QString m_hoverText;

    ScenePainter m_painter;
    StillImage m_still;
    Sight m_shown;  // What the still was drawn from.
    bool m_isSettling = false;  // What was there before the scale changed is shown in part.
    QBasicTimer m_settleTimer;
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
    NodeId m_pointedAt = {};
    bool m_isDimmed = false;  // The hovered node has been hovered for a while.
    QBasicTimer m_dimTimer;

    std::optional<Press> m_press;
    QPointF m_mouse;  // In the widget, the last that was heard of it.
    Qt::KeyboardModifiers m_modifiers = Qt::NoModifier;
    int m_gestureNumber = 0;       // Of its live edits.
    bool m_isRequesting = false;   // An edit of ours is on its way, and the diagram changes by it.
    bool m_isClickLinking = false; // The gesture goes on without a button.
    bool m_isCutHeld = false;      // The key for the cut stroke.
    bool m_showsFocus = false;     // Keys were used last.
    QString m_hint;
    Hit m_hoveredPart;
    std::optional<Target> m_link;
    PickedPorts m_picked;
    std::optional<Connect> m_refusedOnce;  // By the op; asked for again, it is made.
    QBasicTimer m_edgeTimer;
    InPlaceEditing* m_inPlace;
    NodeId m_dropNode = {};
    bool m_isDropping = false;
};

}  // namespace chainrule
