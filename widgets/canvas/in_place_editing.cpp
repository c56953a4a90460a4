// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/in_place_editing.h"

#include "engine/graph/name.h"
#include "widgets/canvas/source_text.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::size_t longest = 100'000;  // Characters; a field of one line is no place for more.

}  // namespace

int newGestureNumber()
{
    static int last = 0;
    return ++last;
}

InPlaceEditing::InPlaceEditing(const Scene& scene, const Camera& camera, QWidget* view)
    : QObject(view), m_scene(scene), m_camera(camera), m_view(view)
{
}

InPlaceEditing::~InPlaceEditing() = default;

void InPlaceEditing::editName(NodeId node)
{
    if (!m_scene.contains(node))
        return;
    const QString name = QString::fromStdString(m_scene.diagram().graph.at(node).name);
    open(InPlaceEditor::Kind::Name, node, name, [this](const QString& text) { return nameFailure(text); });
    m_editor->setAccessibleName(tr("Name of %1").arg(name));
}

void InPlaceEditing::editLiteral(NodeId node, std::optional<std::size_t> offset)
{
    const auto source = m_scene.contains(node) ? sourceText(m_scene.diagram().graph.at(node)) : std::nullopt;
    if (!source || source->text.size() > longest)
        return;
    open(InPlaceEditor::Kind::Numbers, node, QString::fromStdString(source->text),
         [this](const QString& text) { return takeLiteral(text); });
    m_before = sourceAsItIs(m_scene.diagram().graph, node);
    m_hasTaken = false;
    m_gesture = newGestureNumber();
    m_editor->setAccessibleName(tr("Numbers of %1").arg(m_scene.face(node).name));
    if (offset)
        m_editor->setCaret(*offset);
}

void InPlaceEditing::open(InPlaceEditor::Kind kind, NodeId node, const QString& text,
                          InPlaceEditor::Check check)
{
    if (m_editor)
        finish(End::Leave);
    m_kind = kind;
    m_node = node;
    m_editor = new InPlaceEditor(kind, text, std::move(check), m_view);
    connect(m_editor, &InPlaceEditor::accepted, this, [this] { finish(End::Accept); });
    connect(m_editor, &InPlaceEditor::cancelled, this, [this] { finish(End::Cancel); });
    connect(m_editor, &InPlaceEditor::left, this, [this] { finish(End::Leave); });
    connect(m_editor, &InPlaceEditor::stepped, this, &InPlaceEditing::step);
    follow();
    m_editor->show();
    m_editor->setFocus();
}

QRectF InPlaceEditing::area() const
{
    const QPointF corner = m_scene.box(m_node).topLeft();
    const NodeShape& shape = m_scene.shape(m_node);
    const QRectF part = m_kind == InPlaceEditor::Kind::Name ? shape.title() : shape.valuePanel(0);
    return m_camera.toWidget(part.translated(corner).adjusted(6, 0, 0, 0));
}

void InPlaceEditing::follow()
{
    if (!m_editor)
        return;
    if (m_scene.contains(m_node))
        m_editor->place(area(), m_camera.scale());
    else
        finish(End::Leave);  // Somebody has taken the node away.
}

Failure InPlaceEditing::nameFailure(const QString& text) const
{
    return chainrule::nameFailure(m_scene.diagram(), text.toStdString(), m_node);
}

/// Applies what makes sense at once.
Failure InPlaceEditing::takeLiteral(const QString& text)
{
    const Graph& graph = m_scene.diagram().graph;
    if (!graph.contains(m_node) || !sourceText(graph.at(m_node)))
        return std::nullopt;
    const auto edit = withSourceText(graph, m_node, text.toStdString());
    if (!edit)
        return edit.error();
    m_hasTaken = true;
    Q_EMIT editRequested(*edit, m_gesture);
    return std::nullopt;
}

void InPlaceEditing::finish(End end)
{
    if (!m_editor)
        return;
    // First: giving up the focus below would come here again.
    InPlaceEditor* editor = m_editor;
    m_editor.clear();
    const QString text = editor->text();
    const bool hasFocus = end != End::Leave;
    editor->hide();
    editor->deleteLater();
    if (hasFocus)
        m_view->setFocus();
    if (!m_scene.contains(m_node))
        return;
    const Graph& graph = m_scene.diagram().graph;
    if (m_kind == InPlaceEditor::Kind::Name) {
        const std::string name = text.toStdString();
        if (end != End::Cancel && name != graph.at(m_node).name && !nameFailure(text))
            Q_EMIT editRequested(Rename{m_node, name}, 0);
    } else if (end == End::Cancel && m_hasTaken) {
        Q_EMIT editRequested(m_before, m_gesture);
    }
}

void InPlaceEditing::step(int direction)
{
    const auto kind = m_kind;
    const NodeId from = m_node;
    finish(End::Accept);
    const auto ids = m_scene.diagram().graph.ids();
    const auto count = std::ptrdiff_t(ids.size());
    const auto start = std::ptrdiff_t(*m_scene.diagram().graph.indexOf(from));
    for (std::ptrdiff_t i = 1; i < count; ++i) {
        const NodeId node = ids[std::size_t((start + direction * i % count + count) % count)];
        if (kind == InPlaceEditor::Kind::Numbers && !sourceText(m_scene.diagram().graph.at(node)))
            continue;
        Q_EMIT wentTo(node);
        if (kind == InPlaceEditor::Kind::Numbers)
            editLiteral(node, std::nullopt);
        else
            editName(node);
        return;
    }
}

}  // namespace chainrule
