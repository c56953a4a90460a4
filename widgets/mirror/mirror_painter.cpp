// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mirror/mirror_painter.h"

#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/link_curve.h"
#include "widgets/mirror/saved_model.h"

#include <QPainterPath>

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal inset = 14;
constexpr qreal strip = 4;
constexpr qreal leastWidth = 116;
constexpr qreal mostWidth = 176;
constexpr qreal lockRoom = 15;

QPen screenPen(const QColor& colour, qreal width, qreal scale)
{
    return QPen(colour, width / scale);
}

QString fromUtf8(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

/// Closed as long as tensors are kept, with a pin where that is for longer; open once they are freed.
void paintLock(QPainter& painter, const QColor& colour, QPointF corner, SavedState state)
{
    const QRectF body(corner + QPointF(0, 4), QSizeF(9, 6.5));
    painter.setPen(QPen(colour, 1.4));
    painter.setBrush(Qt::NoBrush);
    QPainterPath shackle;
    const qreal shift = state == SavedState::Freed ? 5 : 0;  // Swung to the side.
    shackle.moveTo(body.left() + 2 + shift, body.top());
    shackle.lineTo(body.left() + 2 + shift, body.top() - 1.5);
    shackle.arcTo(QRectF(body.left() + 2 + shift, body.top() - 4, 5, 5), 180, -180);
    if (state != SavedState::Freed)
        shackle.lineTo(body.left() + 7, body.top());
    painter.drawPath(shackle);
    painter.setPen(Qt::NoPen);
    if (state != SavedState::Freed)
        painter.setBrush(colour);
    else
        painter.setPen(QPen(colour, 1.2));
    painter.drawRoundedRect(body, 1.5, 1.5);
    if (state == SavedState::Kept) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.2));
        painter.drawEllipse(body.center() + QPointF(0, -1.2), 7.2, 7.2);
    }
}

QColor stripColour(const Theme& theme, const GradGraph& graph, const GradNode& node)
{
    const Op* const op = graph.replay().run().evaluation.tape().op(node.entry);
    return op ? theme.category(op->category) : theme.source;
}

QColor mixed(const QColor& a, const QColor& b, float share)
{
    return QColor::fromRgbF(a.redF() + (b.redF() - a.redF()) * share, a.greenF() + (b.greenF() - a.greenF()) * share,
                            a.blueF() + (b.blueF() - a.blueF()) * share);
}

QString wordsOf(const GradGraph& graph, std::uint32_t node, const std::optional<SavedState>& state)
{
    const GradNode& what = graph[node];
    QStringList words;
    if (what.node)
        words << fromUtf8(graph.replay().run().evaluation.graph().at(*what.node).name);
    else if (what.pass > 0)
        words << SavedModel::tr("of pass %1").arg(what.pass);
    if (what.isLeaf)
        return words.join(QString()) + QStringLiteral(".grad");
    std::int64_t bytes = 0;
    for (const SavedEdge& saved : graph.saved(node))
        bytes += saved.bytes;
    if (graph.saved(node).empty())
        words << SavedModel::tr("saves nothing");
    else if (state)
        words << stateText(*state) + QLatin1Char(' ') + bytesText(bytes);
    return words.join(QStringLiteral(" · "));
}

}  // namespace

std::optional<std::uint32_t> runningEntry(const Moment& moment)
{
    const BackwardEvent* const event = moment.active();
    if (!event)
        return std::nullopt;
    return event->from ? std::uint32_t(*event->from) : event->to.entry;
}

QString mirrorWords(const GradGraph& graph, std::uint32_t node, const Moment& moment)
{
    return wordsOf(graph, node, moment.isEmpty() ? std::nullopt : std::optional(graph.state(node, moment)));
}

MirrorPainter::MirrorPainter() : m_names(fonts::text(12, QFont::DemiBold)), m_words(fonts::text(11)) {}

qreal MirrorPainter::width(const GradGraph& graph, std::uint32_t node)
{
    const qreal words = m_words.width(wordsOf(graph, node, SavedState::Freed)) + (graph.saved(node).empty() ? 0 : lockRoom);
    const qreal name = m_names.width(fromUtf8(graph[node].name));
    return std::clamp(std::max(name, words) + strip + 1.6 * inset, leastWidth, mostWidth);
}

void MirrorPainter::paint(QPainter& painter, const Theme& theme, const GradGraph& graph, const MirrorLayout& layout,
                          const MirrorMarks& marks, const QRectF& area, qreal scale)
{
    const Picture picture{theme, graph, layout, marks, scale};
    paintArrows(painter, picture, area);
    for (const std::uint32_t node : layout.nodesIn(area))
        paintBox(painter, picture, node);
}

void MirrorPainter::paintArrows(QPainter& painter, const Picture& picture, const QRectF& area) const
{
    const auto& [theme, graph, layout, marks, scale] = picture;
    const bool isFar = detailAt(scale) == Detail::Block;
    const BackwardEvent* const event = marks.moment.active();
    painter.setRenderHint(QPainter::Antialiasing, !isFar);
    for (const std::uint32_t number : layout.arrowsIn(area)) {
        const MirrorLayout::Arrow& arrow = layout.arrows()[number];
        const GradNode &from = graph[arrow.from], &to = graph[arrow.to];
        const bool isFlowing = event && event->from && *event->from == from.entry
                               && (to.entry == event->to.entry || to.entry == from.entry);
        const bool isNear = marks.pointedAt != NodeId() && (from.node == marks.pointedAt || to.node == marks.pointedAt);
        const QColor colour = isFlowing ? theme.gradient : isNear ? theme.text : theme.secondary;
        painter.setPen(screenPen(colour, isFlowing ? 2.5 : 1.2, scale));
        if (isFar) {
            painter.drawLine(arrow.start, arrow.end);
            continue;
        }
        const QPolygonF curve = linkCurve(arrow.end, arrow.start);  // From left to right; the gradient runs back.
        painter.drawPolyline(curve);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        const QPointF head[] = {arrow.end, arrow.end + QPointF(8, -4.5), arrow.end + QPointF(8, 4.5)};
        painter.drawConvexPolygon(head, 3);
    }
}

void MirrorPainter::paintBox(QPainter& painter, const Picture& picture, std::uint32_t node)
{
    const auto& [theme, graph, layout, marks, scale] = picture;
    const QRectF box = layout.box(node);
    const GradNode& what = graph[node];
    const bool isRunning = runningEntry(marks.moment) == what.entry;
    const bool isPointedAt = what.node && *what.node == marks.pointedAt;
    const bool isSelected = marks.isSelected && marks.isSelected(node);
    const QColor fill = isRunning ? mixed(theme.node, theme.gradient, 0.28F) : what.isLeaf ? theme.raised : theme.node;
    const QColor line = isRunning || isPointedAt ? theme.gradient : isSelected ? theme.selection : theme.nodeLine;
    const qreal radius = what.isLeaf ? box.height() / 2 : metrics::nodeRadius;
    painter.setRenderHint(QPainter::Antialiasing, detailAt(scale) != Detail::Block);
    painter.setPen(screenPen(line, isRunning || isPointedAt || isSelected ? 2.2 : 1, scale));
    painter.setBrush(fill);
    if (detailAt(scale) == Detail::Block)
        return painter.drawRect(box);
    painter.drawRoundedRect(box, radius, radius);
    if (!what.isLeaf) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(stripColour(theme, graph, what));
        painter.drawRoundedRect(QRectF(box.left() + 5, box.top() + 8, strip, box.height() - 16), 2, 2);
    }
    if (marks.current == node) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(screenPen(theme.selection, 2, scale));
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), radius + 4, radius + 4);
    }
    paintWords(painter, picture, node);
}

void MirrorPainter::paintWords(QPainter& painter, const Picture& picture, std::uint32_t node)
{
    const auto& [theme, graph, layout, marks, scale] = picture;
    const QRectF box = layout.box(node);
    const bool isEmpty = graph.saved(node).empty();
    const SavedState state = marks.moment.isEmpty() ? SavedState::NotYet : graph.state(node, marks.moment);
    const qreal left = box.left() + inset + (graph[node].isLeaf ? 4 : 2);
    const qreal room = box.right() - left - 8;
    painter.setPen(state == SavedState::NotYet ? theme.faint : theme.text);
    m_names.draw(painter, {left, box.top() + 19}, m_names.elided(fromUtf8(graph[node].name), room));
    if (detailAt(scale) != Detail::Full)
        return;
    const bool hasLock = !isEmpty && state != SavedState::NotYet;
    const QColor colour = state == SavedState::Freed || state == SavedState::NotYet ? theme.faint : theme.secondary;
    painter.setPen(colour);
    m_words.draw(painter, {left + (hasLock ? lockRoom : 0), box.top() + 36},
                 m_words.elided(mirrorWords(graph, node, marks.moment), room - (hasLock ? lockRoom : 0)));
    if (hasLock)
        paintLock(painter, state == SavedState::Freed ? theme.faint : theme.secondary, {left, box.top() + 26}, state);
}

}  // namespace chainrule
