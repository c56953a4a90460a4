// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mirror/mirror_view.h"

#include "widgets/canvas/wheel.h"
#include "widgets/mirror/saved_model.h"
#include "widgets/theme/appearance.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal frameMargin = 24;
constexpr qreal zoomStep = 1.25;
constexpr qreal readable = 0.75;

QString fromUtf8(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

}  // namespace

MirrorView::MirrorView(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("mirrorView"));
    setAccessibleName(tr("Backward graph"));
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumHeight(150);
    m_marks.isSelected = [this](std::uint32_t node) { return isSelected(node); };
    connect(&Appearance::instance(), &Appearance::changed, this, [this] { update(); });
}

void MirrorView::show(std::shared_ptr<const GradGraph> graph, const Scene& scene)
{
    const bool isSame = graph == m_graph;  // Then only boxes have moved.
    const bool wasEmpty = m_layout.bounds().isEmpty();
    m_graph = std::move(graph);
    m_layout = m_graph ? MirrorLayout(*m_graph, scene, [&](std::uint32_t node) { return m_painter.width(*m_graph, node); })
                       : MirrorLayout();
    m_hovered.reset();
    if (!isSame)
        m_marks.current.reset();
    if (wasEmpty)
        m_framing = Framing::WhatIsReadable;
    frame(m_framing);
    describe();
    update();
}

void MirrorView::showMoment(const Moment& moment)
{
    m_marks.moment = moment;
    if (const auto running = runningEntry(moment); running && m_graph && &moment.replay() == &m_graph->replay())
        if (const auto [begin, end] = m_graph->rangeOf(*running); begin != GradEdge::none)
            reveal(begin);
    describe();
    update();
}

void MirrorView::setSelection(std::vector<NodeId> nodes)
{
    m_selection = std::move(nodes);
    if (m_marks.current) {
        const auto& node = (*m_graph)[*m_marks.current].node;
        if (node ? !isSelected(*m_marks.current) : !m_selection.empty())
            m_marks.current.reset();
    }
    if (const auto boxes = chosen(); !boxes.empty())
        reveal(boxes.front());
    describe();
    update();
}

void MirrorView::pointAt(NodeId node)
{
    if (m_marks.pointedAt == node)
        return;
    m_marks.pointedAt = node;
    update();
}

bool MirrorView::isSelected(std::uint32_t node) const
{
    const auto& of = (*m_graph)[node].node;
    return of && std::ranges::binary_search(m_selection, *of);
}

std::vector<std::uint32_t> MirrorView::chosen() const
{
    if (m_marks.current)
        return {*m_marks.current};
    std::vector<std::uint32_t> nodes;
    for (std::uint32_t node = 0; m_graph && node < m_graph->size(); ++node)
        if (isSelected(node))
            nodes.push_back(node);
    return nodes;
}

void MirrorView::choose(std::optional<std::uint32_t> node)
{
    m_marks.current = node;
    const auto of = node ? (*m_graph)[*node].node : std::nullopt;
    describe();
    update();
    Q_EMIT chosenChanged(of.value_or(NodeId()));
}

void MirrorView::frameAll()
{
    frame(Framing::All);
}

/// All of it; or, where that would be too small to be read, where the gradient starts.
void MirrorView::frame(Framing framing)
{
    m_framing = framing;
    if (framing == Framing::Nothing || m_layout.bounds().isEmpty())
        return;
    const QRectF all = m_layout.bounds().adjusted(-frameMargin, -frameMargin, frameMargin, frameMargin);
    m_camera.frame(all, size());
    if (framing == Framing::WhatIsReadable && m_camera.scale() < readable) {
        const QSizeF seen = QSizeF(size()) / readable;
        const QRectF start = m_layout.box(0);
        const qreal left = std::max(all.left(), std::min(start.right() + frameMargin, all.right()) - seen.width());
        const qreal top = seen.height() > all.height() ? all.center().y() - seen.height() / 2
                                                       : start.center().y() - seen.height() / 2;
        m_camera.frame(QRectF({left, top}, seen), size(), readable);
    }
    update();
}

std::optional<std::uint32_t> MirrorView::nodeAt(QPointF position) const
{
    return m_graph ? m_layout.nodeAt(m_camera.toScene(position)) : std::nullopt;
}

QString MirrorView::tooltipOf(std::uint32_t node) const
{
    const GradNode& what = (*m_graph)[node];
    QStringList lines{fromUtf8(what.name) + QStringLiteral("  ") + mirrorWords(*m_graph, node, m_marks.moment)};
    QStringList next;
    for (const GradEdge& edge : m_graph->next(node))
        next << (edge.to == GradEdge::none ? tr("None") : fromUtf8((*m_graph)[edge.to].name));
    if (!what.isLeaf)
        lines << tr("next_functions: %1").arg(next.join(QStringLiteral(", ")));
    for (const SavedEdge& saved : m_graph->saved(node))
        lines << tr("_saved_%1: %2%3, %4")
                     .arg(fromUtf8(saved.name), fromUtf8(name(saved.dtype)),
                          QString::fromStdString(text(saved.shape)), bytesText(saved.bytes));
    return lines.join(QLatin1Char('\n'));
}

void MirrorView::describe()
{
    const QString before = accessibleDescription();
    setAccessibleDescription(m_marks.current ? tooltipOf(*m_marks.current)
                                             : tr("%1 grad_fns").arg(m_graph ? m_graph->size() : 0));
    if (accessibleDescription() == before)
        return;
    QAccessibleEvent event(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&event);
}

bool MirrorView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        if (const auto node = nodeAt(help->pos()))
            QToolTip::showText(help->globalPos(), QStringLiteral("<p style='white-space:pre-wrap'>%1</p>").arg(
                                                      tooltipOf(*node).toHtmlEscaped()), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void MirrorView::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.fillRect(rect(), theme.canvas);
    if (!m_graph || m_graph->size() == 0) {
        painter.setFont(fonts::text(12));
        painter.setPen(theme.secondary);
        painter.drawText(rect(), Qt::AlignCenter, tr("No value has a grad_fn, so there is no backward graph."));
        return;
    }
    painter.setTransform(m_camera.transform(), true);
    m_painter.paint(painter, theme, *m_graph, m_layout, m_marks, m_camera.toScene(QRectF(rect())), m_camera.scale());
    if (!hasFocus())
        return;
    painter.resetTransform();
    painter.setPen(QPen(theme.selection, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void MirrorView::resizeEvent(QResizeEvent*)
{
    frame(m_framing);
}

void MirrorView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange || event->type() == QEvent::EnabledChange)
        update();
    QWidget::changeEvent(event);
}

void MirrorView::wheelEvent(QWheelEvent* event)
{
    turn(m_camera, *event, WheelUse::Zooms);
    m_framing = Framing::Nothing;
    update();
    event->accept();
}

void MirrorView::mousePressEvent(QMouseEvent* event)
{
    const auto node = nodeAt(event->position());
    if (event->button() == Qt::LeftButton && node)
        return choose(node);
    if (event->button() != Qt::RightButton || !node)
        m_pan = Pan{event->position()};
}

void MirrorView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pan)
        return hover(event->position());
    const QPointF moved = event->position() - m_pan->last;
    if (!m_pan->hasMoved && moved.manhattanLength() < QApplication::startDragDistance() / 2.0)
        return;
    m_pan->hasMoved = true;
    m_framing = Framing::Nothing;
    setCursor(Qt::ClosedHandCursor);
    m_camera.panBy(moved);
    m_pan->last = event->position();
    update();
}

void MirrorView::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_pan && !m_pan->hasMoved && event->button() == Qt::LeftButton)
        choose(std::nullopt);
    m_pan.reset();
    unsetCursor();
}

void MirrorView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (!nodeAt(event->position()))
        frameAll();
}

void MirrorView::leaveEvent(QEvent*)
{
    setHovered(std::nullopt);
}

void MirrorView::hover(QPointF position)
{
    setHovered(nodeAt(position));
}

void MirrorView::setHovered(std::optional<std::uint32_t> node)
{
    if (node == m_hovered)
        return;
    m_hovered = node;
    const NodeId of = node ? (*m_graph)[*node].node.value_or(NodeId()) : NodeId();
    pointAt(of);
    Q_EMIT hovered(of);
}

void MirrorView::reveal(std::uint32_t node)
{
    const QRectF box = m_camera.toWidget(m_layout.box(node));
    const QRectF room(rect());
    if (m_layout.box(node).isNull() || room.contains(box))
        return;
    m_framing = Framing::Nothing;
    m_camera.panBy(room.center() - box.center());
}

void MirrorView::walk(int key)
{
    if (!m_graph || m_graph->size() == 0)
        return;
    std::optional<std::uint32_t> best;
    if (!m_marks.current) {
        best = 0;  // What was recorded last.
    } else if (key == Qt::Key_Left || key == Qt::Key_Right) {
        for (const MirrorLayout::Arrow& arrow : m_layout.arrows())
            if (!best && (key == Qt::Key_Left ? arrow.from : arrow.to) == *m_marks.current)
                best = key == Qt::Key_Left ? arrow.to : arrow.from;
    } else {
        const QPointF here = m_layout.box(*m_marks.current).center();
        qreal least = INFINITY;
        for (std::uint32_t node = 0; node < m_graph->size(); ++node) {
            const QPointF away = m_layout.box(node).center() - here;
            const qreal ahead = key == Qt::Key_Down ? away.y() : -away.y();
            const qreal length = ahead + 2 * std::abs(away.x());
            if (ahead > 0 && length < least && !m_layout.box(node).isNull()) {
                least = length;
                best = node;
            }
        }
    }
    if (!best || m_layout.box(*best).isNull())
        return;
    choose(best);
    reveal(*best);
}

void MirrorView::copyName()
{
    if (m_marks.current)
        QApplication::clipboard()->setText(fromUtf8((*m_graph)[*m_marks.current].name));
}

void MirrorView::keyPressEvent(QKeyEvent* event)
{
    const QPointF middle = QRectF(rect()).center();
    if (event->matches(QKeySequence::Copy))
        return copyName();
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down: return walk(event->key());
    case Qt::Key_Home: return frameAll();
    case Qt::Key_Escape: return choose(std::nullopt);
    case Qt::Key_Plus:
    case Qt::Key_Minus:
        m_camera.zoomTo(m_camera.scale() * (event->key() == Qt::Key_Plus ? zoomStep : 1 / zoomStep), middle);
        m_framing = Framing::Nothing;
        return update();
    default: return QWidget::keyPressEvent(event);
    }
}

void MirrorView::contextMenuEvent(QContextMenuEvent* event)
{
    if (const auto node = nodeAt(event->pos()))
        choose(node);
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* const copy = menu->addAction(tr("Copy Name"), this, &MirrorView::copyName);
    copy->setEnabled(m_marks.current.has_value());
    menu->addAction(tr("Frame All"), this, &MirrorView::frameAll);
    menu->popup(event->globalPos());
}

}  // namespace chainrule
