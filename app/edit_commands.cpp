// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/edit_commands.h"

#include "app/background_work.h"
#include "app/layout/layered.h"
#include "engine/io/fragment.h"

#include <QClipboard>
#include <QCursor>
#include <QGuiApplication>
#include <QMimeData>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace chainrule {
namespace {

constexpr double besideStep = 24;  // By how much a copy is set off from what it is a copy of.
const QString documentMimeType = QStringLiteral("application/x-chainrule+json");

/// What a consumer of the node gets when the node is gone: the first tensor it has, through others that go too.
std::optional<Source> behind(const Graph& graph, Source source, const std::unordered_set<NodeId>& removed)
{
    while (removed.contains(source.node)) {
        std::optional<Source> first;
        forEachSource(graph.at(source.node), [&](const Source& input) {
            if (!first)
                first = input;
        });
        if (!first)
            return std::nullopt;
        source = *first;
    }
    return source;
}

}  // namespace

Several removedAndReconnected(const Graph& graph, std::span<const NodeId> nodes)
{
    const std::unordered_set<NodeId> removed(nodes.begin(), nodes.end());
    Several edit{EditCommands::tr("Delete and Reconnect").toStdString(), {}};
    const auto reconnect = [&](const Source& source, const Target& target) {
        if (!removed.contains(source.node))
            return;
        if (const auto instead = behind(graph, source, removed))
            edit.edits.push_back(Connect{*instead, target});
    };
    for (const NodeId id : graph.ids()) {
        if (removed.contains(id))
            continue;
        const Inputs& inputs = graph.at(id).inputs;
        for (std::uint32_t i = 0; i < inputs.size(); ++i) {
            if (const Source* const source = inputs[i].single())
                reconnect(*source, {id, i});
            else if (const SourceList* const list = inputs[i].list())
                for (std::uint32_t item = 0; item < list->size(); ++item)
                    if ((*list)[item])
                        reconnect(*(*list)[item], {id, i, item});
        }
    }
    edit.edits.push_back(RemoveNodes{{nodes.begin(), nodes.end()}});
    return edit;
}

EditCommands::EditCommands(OpenDocument& document, GraphView& view, Commands& commands, QObject* parent)
    : QObject(parent), m_document(document), m_view(view)
{
    commands.on(CommandId::Undo, [this] { m_document.history().undo(); });
    commands.on(CommandId::Redo, [this] { m_document.history().redo(); });
    commands.on(CommandId::Copy, [this] { copy(); });
    commands.on(CommandId::Cut, [this] {
        copy();
        remove(tr("Cut"));
    });
    commands.on(CommandId::Paste, [this] { paste(); });
    commands.on(CommandId::Duplicate, [this] { duplicate(); });
    commands.on(CommandId::Delete, [this] { remove(tr("Delete")); });
    commands.on(CommandId::DeleteAndReconnect, [this] { removeAndReconnect(); });
    commands.on(CommandId::SelectAll, [this] { m_view.selectAll(); });
    commands.on(CommandId::SelectUpstream, [this] { selectAlong(true); });
    commands.on(CommandId::SelectDownstream, [this] { selectAlong(false); });
    commands.on(CommandId::Mute, [this] { toggleMute(); });
    commands.on(CommandId::LayOutSelection, [this] { layOut(m_view.selection()); });
    commands.on(CommandId::LayOutAll, [this] { layOut({}); });
    commands.on(CommandId::AddNode, [this] { m_view.searchOps(); });
    commands.on(CommandId::Rename, [this] { m_view.editName(m_view.current()); });
    commands.on(CommandId::EditValue, [this] { m_view.editLiteral(m_view.current()); });
}

void EditCommands::copy() const
{
    const std::string text = fragmentText(m_document.diagram(), m_view.selection());
    auto* const data = new QMimeData;
    data->setText(QString::fromStdString(text));
    data->setData(documentMimeType, QByteArray::fromStdString(text));
    QGuiApplication::clipboard()->setMimeData(data);
}

void EditCommands::paste()
{
    const QMimeData* const data = QGuiApplication::clipboard()->mimeData();
    const QString text = data && data->hasText() ? data->text() : QString();
    if (text.isEmpty()) {
        Q_EMIT hinted(tr("The clipboard holds no nodes."));
        return;
    }
    const QPointF at = pastePosition(text);
    const auto edit = pasted(m_document.diagram(), text.toStdString(), {at.x(), at.y()});
    if (edit)
        add(*edit);
    else
        Q_EMIT hinted(tr("The clipboard holds no nodes: %1").arg(QString::fromStdString(edit.error().message)));
}

QPointF EditCommands::pastePosition(const QString& text)
{
    const QPoint mouse = m_view.mapFromGlobal(QCursor::pos());
    const QPoint widget = m_view.rect().contains(mouse) ? mouse : m_view.rect().center();
    const QPointF position = m_view.toScene(widget);
    const bool isRepeated = text == m_pasted && QLineF(position, m_pastePosition).length() < 1;
    m_pasteCount = isRepeated ? m_pasteCount + 1 : 0;
    m_pasted = text;
    m_pastePosition = position;
    return position + QPointF(besideStep, besideStep) * m_pasteCount;
}

void EditCommands::duplicate()
{
    add(duplicated(m_document.diagram(), m_view.selection(), {besideStep, besideStep}));
}

void EditCommands::add(const Several& edit)
{
    m_document.apply(edit);
    std::vector<NodeId> added;
    for (const Edit& part : edit.edits)
        if (const auto* const node = std::get_if<AddNode>(&part.value))
            if (m_document.diagram().graph.contains(node->id))
                added.push_back(node->id);
    if (!added.empty())
        m_view.select(std::move(added));
}

void EditCommands::remove(const QString& title)
{
    if (!m_view.selection().empty())
        m_document.apply(Several{title.toStdString(), {RemoveNodes{m_view.selection()}}});
}

void EditCommands::removeAndReconnect()
{
    if (!m_view.selection().empty())
        m_document.apply(removedAndReconnected(m_document.diagram().graph, m_view.selection()));
}

void EditCommands::toggleMute()
{
    const Graph& graph = m_document.diagram().graph;
    const auto& nodes = m_view.selection();
    const bool turnsOn = !std::ranges::all_of(nodes, [&](NodeId id) { return graph.at(id).muted; });
    Several edit{(turnsOn ? tr("Mute") : tr("Unmute")).toStdString(), {}};
    for (const NodeId id : nodes)
        edit.edits.push_back(Mark{.node = id, .muted = turnsOn});
    m_document.apply(edit);
}

void EditCommands::layOut(std::vector<NodeId> nodes)
{
    if (m_document.diagram().graph.empty())
        return;
    std::unordered_map<NodeId, Size> sizes;
    for (const NodeId id : m_document.diagram().graph.ids()) {
        const QSizeF size = m_view.scene().box(id).size();
        sizes[id] = {size.width(), size.height()};
    }
    const auto work = [diagram = m_document.diagram(), nodes = std::move(nodes), sizes = std::move(sizes)] {
        return layered(diagram, nodes, [&](NodeId id) { return sizes.at(id); });
    };
    inBackground(this, work, [this](const MoveNodes& moves) {
        MoveNodes remaining;
        for (const auto& entry : moves.positions)  // Some may have been deleted meanwhile.
            if (m_document.diagram().graph.contains(entry.node))
                remaining.positions.push_back(entry);
        m_document.apply(Several{tr("Lay Out").toStdString(), {remaining}});
        m_view.frameAll();
    });
}

void EditCommands::selectAlong(bool isUpstream)
{
    const Graph& graph = m_document.diagram().graph;
    std::unordered_map<NodeId, std::vector<NodeId>> next;
    for (const NodeId id : graph.ids())
        forEachSource(graph.at(id), [&](const Source& source) {
            if (isUpstream)
                next[id].push_back(source.node);
            else
                next[source.node].push_back(id);
        });
    std::vector<NodeId> open = m_view.selection();
    std::unordered_set<NodeId> seen(open.begin(), open.end());
    while (!open.empty()) {
        const NodeId node = open.back();
        open.pop_back();
        for (const NodeId other : next[node])
            if (seen.insert(other).second)
                open.push_back(other);
    }
    std::vector<NodeId> nodes(seen.begin(), seen.end());
    std::ranges::sort(nodes);
    m_view.select(std::move(nodes));
}

}  // namespace chainrule
