// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "widgets/canvas/camera.h"
#include "widgets/canvas/in_place_editor.h"
#include "widgets/canvas/scene.h"

#include <QObject>
#include <QPointer>

#include <optional>

namespace chainrule {

/// What is typed into nodes on the canvas: their names, and the numbers of sources, which take effect with
/// every key that makes sense. One editor at a time.
class InPlaceEditing : public QObject {
    Q_OBJECT
public:
    /// All three outlive it.
    InPlaceEditing(const Scene& scene, const Camera& camera, QWidget* view);
    ~InPlaceEditing() override;

    void editName(NodeId node);
    /// `offset`: where the caret goes; without it everything is selected. Nothing happens for what is not
    /// typed.
    void editLiteral(NodeId node, std::optional<std::size_t> offset);
    bool isOpen() const { return !m_editor.isNull(); }
    /// The camera or the scene has changed.
    void follow();

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit, int gesture);
    /// The next source to type into.
    void wentTo(chainrule::NodeId node);

private:
    enum class End { Accept, Cancel, Leave };

    void open(InPlaceEditor::Kind kind, NodeId node, const QString& text, InPlaceEditor::Check check);
    void finish(End end);
    void step(int direction);
    Failure nameFailure(const QString& text) const;
    Failure takeLiteral(const QString& text);
    QRectF area() const;

    const Scene& m_scene;
    const Camera& m_camera;
    QWidget* const m_view;
    QPointer<InPlaceEditor> m_editor;
    InPlaceEditor::Kind m_kind = InPlaceEditor::Kind::Name;
    NodeId m_node = {};
    SetAttribute m_before = {};  // What brings the numbers back.
    bool m_hasTaken = false;  // Whether there is something to bring back.
    int m_gesture = 0;
};

/// A number that no other gesture has.
int newGestureNumber();

}  // namespace chainrule
