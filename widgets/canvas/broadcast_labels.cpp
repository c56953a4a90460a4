// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/broadcast_labels.h"

#include "widgets/canvas/broadcast_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace chainrule {
namespace {

constexpr qreal textPixels = 10;
constexpr qreal lineHeight = 13;
constexpr qreal padding = 4;    // Beside the text.
constexpr qreal fromPort = 12;  // Between the box and where the link ends.
constexpr qreal fromLine = 5;   // Where the box hangs above or below it.
constexpr qreal clear = 2;      // Between the box and nodes with their ports.
constexpr qreal stride = 6;     // From one place along the link to the next that is tried.
constexpr int mostStrides = 48;

/// The point of a line that is that far from its end, along it.
QPointF beforeEnd(const QPolygonF& points, qreal distance)
{
    for (qsizetype i = points.size() - 1; i > 0; --i) {
        const QLineF piece(points[i], points[i - 1]);
        if (piece.length() >= distance && distance > 0)
            return piece.pointAt(distance / piece.length());
        distance -= piece.length();
    }
    return distance > 0 ? points.front() : points.back();
}

qreal lengthOf(const QPolygonF& points)
{
    qreal length = 0;
    for (qsizetype i = 1; i < points.size(); ++i)
        length += QLineF(points[i - 1], points[i]).length();
    return length;
}

/// Where no label may lie: what is taken, nodes and their ports.
std::vector<QRectF> obstaclesIn(const Scene& scene, const QRectF& area, const QRectF& taken)
{
    constexpr qreal aside = face_metrics::portRadius + clear;
    std::vector<QRectF> all{taken};
    for (const NodeId id : scene.nodesIn(area.adjusted(-aside, -clear, aside, clear)))
        all.push_back(scene.box(id).adjusted(-aside, -clear, aside, clear));
    for (const NodeId id : scene.displaced())
        all.push_back(scene.box(id).translated(scene.displacement(id)).adjusted(-aside, -clear, aside, clear));
    return all;
}

/// Where a box of that size hangs on a link without lying on an obstacle: near its end if that can be, on the line if
/// that leaves some of it to be seen, else beside it. Empty: nowhere.
QRectF roomFor(QSizeF size, const QPolygonF& points, const std::vector<QRectF>& obstacles)
{
    const qreal length = lengthOf(points);
    const qreal aside = size.height() / 2 + fromLine;
    const bool isLong = length > size.width() + 4 * fromPort;
    const std::array<qreal, 3> offsets = isLong ? std::array{0.0, -aside, aside} : std::array{-aside, aside, 0.0};
    const qreal first = std::min(fromPort + size.width() / 2, length / 2);
    for (int i = 0; i < mostStrides && first + i * stride <= std::max(first, length - first); ++i)
        for (const qreal offset : offsets) {
            QRectF box(QPointF(), size);
            box.moveCenter(beforeEnd(points, first + i * stride) + QPointF(0, offset));
            if (std::ranges::none_of(obstacles, [&](const QRectF& other) { return other.intersects(box); }))
                return box;
        }
    return {};
}

}  // namespace

BroadcastLabels::BroadcastLabels() : m_text(fonts::numbers(textPixels)) {}

const std::vector<BroadcastLabels::Words>& BroadcastLabels::wordsOf(NodeId node)
{
    const auto [at, isNew] = m_words.try_emplace(node);
    if (!isNew)
        return at->second;
    const Evaluation& evaluation = m_moment.evaluation();
    for (const BroadcastInput& input : broadcastingOf(evaluation, node).inputs)
        at->second.push_back({{node, std::uint32_t(input.input)},
                              {arrowText(input), foldText(input)},
                              {shortArrowText(input), shortFoldText(input)}});
    return at->second;
}

std::vector<BroadcastLabels::Label> BroadcastLabels::labels(const Scene& scene, const QRectF& area, const QRectF& taken)
{
    const Moment& now = scene.moment();
    if (now.isEmpty() || area.isEmpty())
        return {};
    if (m_moment.isEmpty() || &m_moment.run() != &now.run()) {
        m_words.clear();
        m_moment = now;
    }
    std::vector<Label> labels;
    for (const std::uint32_t number : scene.wiresIn(area)) {
        const Scene::Wire& wire = scene.wire(number);
        if (!now.result(wire.to.node) || scene.isStale(wire.to.node))
            continue;
        const auto& words = wordsOf(wire.to.node);
        const auto found = std::ranges::find(words, wire.to, &Words::target);
        if (found == words.end())
            continue;
        const QPolygonF points = scene.path(wire).points();
        const qreal reach = sizeOf(found->whole).width();  // No box that hangs on the link is farther from it.
        std::vector<QRectF> obstacles =
            obstaclesIn(scene, points.boundingRect().adjusted(-reach, -reach, reach, reach), taken);
        for (const Label& other : labels)
            obstacles.push_back(other.box);
        for (const Form& form : formsNow(*found, scene.flow(number).hasComeBack())) {
            const QRectF box = roomFor(sizeOf(form), points, obstacles);
            if (box.isEmpty())
                continue;
            labels.push_back({wire.to, form.shapes, form.fold, box});
            break;
        }
    }
    return labels;
}

std::vector<BroadcastLabels::Form> BroadcastLabels::formsNow(const Words& words, bool hasComeBack)
{
    if (!hasComeBack)
        return {{words.whole.shapes, {}}, {words.small.shapes, {}}};
    return {words.whole, words.small, {{}, words.small.fold}};
}

QSizeF BroadcastLabels::sizeOf(const Form& form)
{
    const int lines = (form.shapes.isEmpty() ? 0 : 1) + (form.fold.isEmpty() ? 0 : 1);
    return {std::max(m_text.width(form.shapes), m_text.width(form.fold)) + 2 * padding, lineHeight * lines + 4};
}

void BroadcastLabels::paint(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area,
                            const QRectF& taken)
{
    for (const Label& label : labels(scene, area, taken)) {
        painter.setPen(QPen(theme.nodeLine, 1));
        painter.setBrush(theme.canvas);
        painter.drawRoundedRect(label.box, metrics::controlRadius, metrics::controlRadius);
        QPointF baseline(label.box.center().x(), label.box.top() + lineHeight - 1);
        for (const auto& [text, colour] : {std::pair{label.shapes, theme.value}, std::pair{label.fold, theme.gradient}}) {
            if (text.isEmpty())
                continue;
            painter.setPen(colour);
            m_text.drawCentred(painter, baseline, text);
            baseline.ry() += lineHeight;
        }
    }
}

}  // namespace chainrule
