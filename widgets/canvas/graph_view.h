// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/camera.h"
#include "widgets/canvas/gesture.h"
#include "widgets/canvas/scene.h"

#include <QList>
#include <QUrl>
#include <QWidget>

#include <memory>
#include <vector>

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
    /// The whole diagram at `scale`, without selection and grid: for pictures.
    void renderAll(QPainter& painter);

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

private:
    Scene m_scene;
    Camera m_camera;
    std::vector<NodeId> m_selection;
    NodeId m_current = {};
    std::unique_ptr<Gesture> m_gesture;
    // The rest is the implementation's.
};

}  // namespace chainrule
