// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/fragment.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/in_place_editing.h"
#include "widgets/canvas/selection_edits.h"
#include "widgets/canvas/source_text.h"
#include "widgets/canvas/wired_op.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/palette/op_search.h"

#include <QCursor>
#include <QScopedValueRollback>

namespace chainrule {
namespace {

constexpr QSizeF usualNode(face_metrics::width, 130);

Point point(QPointF position)
{
    return {position.x(), position.y()};
}

}  // namespace

/// Asks for an edit, and selects what it adds.
void GraphView::request(const Edit& edit, int gesture)
{
    {
        const QScopedValueRollback isRequesting(m_isRequesting, true);
        Q_EMIT editRequested(edit, gesture);
    }
    auto added = addedBy(edit);
    std::erase_if(added, [this](NodeId node) { return !m_scene.contains(node); });
    if (!added.empty())
        select(std::move(added));
}

void GraphView::handle(const Outcome& outcome)
{
    if (const auto* edit = std::get_if<Edit>(&outcome))
        request(*edit);
    else if (const auto* selected = std::get_if<Select>(&outcome))
        select(selected->nodes);
    else if (const auto* ask = std::get_if<AskForOp>(&outcome))
        askForOp(*ask);
}

void GraphView::hint(const QString& text)
{
    if (text == m_hint)
        return;
    m_hint = text;
    Q_EMIT hinted(text);
}

void GraphView::setLink(std::optional<Target> link)
{
    if (link == m_link)
        return;
    m_link = link;
    update();
}

QPointF GraphView::place() const
{
    return underMouse() ? m_mouse : QRectF(rect()).center();
}

void GraphView::searchOps()
{
    const QPointF at = place();
    auto* const search = new OpSearch({}, this);
    connect(search, &OpSearch::chosen, this, [this, position = toScene(at)](const QString& name) {
        if (const Op* op = findOp(name.toStdString()))
            request(newNode(m_scene.diagram(), *op, point(position)));
    });
    search->openAt(at.toPoint());
}

void GraphView::askForOp(const AskForOp& ask)
{
    auto* const search = new OpSearch(opsFor(m_scene, ask), this);
    connect(search, &OpSearch::chosen, this, [this, ask](const QString& name) {
        if (const Op* op = findOp(name.toStdString()))
            request(wiredOp(m_scene, *op, ask));
    });
    search->openAt(toWidget(ask.position).toPoint());
}

void GraphView::addOp(const QString& name)
{
    const Op* op = findOp(name.toStdString());
    if (!op)
        return;
    const QPointF middle = toScene(QRectF(rect()).center());
    const QPointF corner = middle - QPointF(usualNode.width(), usualNode.height()) / 2;
    request(newNode(m_scene.diagram(), *op, point(freePlace(m_scene, corner, usualNode))));
}

void GraphView::paste(const QString& text, QPointF position)
{
    auto edit = pasted(m_scene.diagram(), text.toStdString(), point(toScene(position)));
    if (edit)
        request(*std::move(edit));
    else
        hint(tr("Nothing to paste: %1").arg(QString::fromStdString(edit.error().message)));
}

void GraphView::editName(NodeId node)
{
    reveal(node);
    m_inPlace->editName(node);
}

void GraphView::editLiteral(NodeId node, std::optional<std::size_t> offset)
{
    if (!m_scene.contains(node) || !sourceText(m_scene.diagram().graph.at(node)))
        return;
    reveal(node);
    m_inPlace->editLiteral(node, offset);
}

}  // namespace chainrule
