// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/broadcast_labels.h"

#include "widgets/canvas/broadcast_words.h"

#include <algorithm>
#include <array>

namespace chainrule {
namespace {

constexpr qreal textPixels = 10;
constexpr qreal lineHeight = 13;
constexpr qreal padding = 6;    // Beside the text.
constexpr qreal fromPort = 12;  // Between the box and where the link ends.
constexpr qreal fromLine = 5;   // Where the box hangs above or below it.
constexpr qreal mayCover = 9;   // Of a node's edge, where nothing is written.

/// The point of a line before its end where it is that far from it along x, or its middle where it is not so long.
QPointF beforeEnd(const QPolygonF& points, qreal distance)
{
    const qreal reach = std::abs(points.back().x() - points.front().x()) / 2;
    const qreal wanted = std::min(distance, reach);
    for (qsizetype i = points.size() - 1; i > 0; --i) {
        const qreal from = std::abs(points.back().x() - points[i].x());
        const qreal to = std::abs(points.back().x() - points[i - 1].x());
        if (to >= wanted)
            return to > from ? points[i] + (points[i - 1] - points[i]) * ((wanted - from) / (to - from)) : points[i];
    }
    return points.front();
}

bool coversNode(const Scene& scene, const QRectF& box)
{
    for (const NodeId id : scene.nodesIn(box))
        if (scene.box(id).adjusted(mayCover, 0, -mayCover, 0).intersects(box))
            return true;
    return false;
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
        at->second.push_back({{node, std::uint32_t(input.input)}, arrowText(input), foldText(input)});
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
        Label label{.target = wire.to, .shapes = found->shapes, .fold = {}, .box = {}};
        if (scene.flow(number).hasComeBack())
            label.fold = found->fold;
        const QSizeF size(std::max(m_text.width(label.shapes), m_text.width(label.fold)) + 2 * padding,
                          lineHeight * (label.fold.isEmpty() ? 1 : 2) + 4);
        const QPolygonF points = scene.path(wire).points();
        const QPointF at = beforeEnd(points, fromPort + size.width() / 2);
        const qreal aside = size.height() / 2 + fromLine;
        // On the line if that leaves some of it to be seen, else beside it.
        const bool isLong = std::abs(points.back().x() - points.front().x()) > size.width() + 4 * fromPort;
        const std::array<qreal, 3> offsets = isLong ? std::array{0.0, -aside, aside} : std::array{-aside, aside, -aside};
        for (const qreal offset : offsets) {
            QRectF box(QPointF(), size);
            box.moveCenter(at + QPointF(0, offset));
            const bool isFree = !box.intersects(taken) && !coversNode(scene, box)
                && std::ranges::none_of(labels, [&](const Label& other) { return other.box.intersects(box); });
            if (!isFree)
                continue;
            label.box = box;
            labels.push_back(label);
            break;
        }
    }
    return labels;
}

void BroadcastLabels::paint(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area,
                            const QRectF& taken)
{
    for (const Label& label : labels(scene, area, taken)) {
        painter.setPen(QPen(theme.nodeLine, 1));
        painter.setBrush(theme.canvas);
        painter.drawRoundedRect(label.box, metrics::controlRadius, metrics::controlRadius);
        const qreal middle = label.box.center().x();
        const qreal baseline = label.box.top() + lineHeight - 1;
        painter.setPen(theme.value);
        m_text.drawCentred(painter, {middle, baseline}, label.shapes);
        if (label.fold.isEmpty())
            continue;
        painter.setPen(theme.gradient);
        m_text.drawCentred(painter, {middle, baseline + lineHeight}, label.fold);
    }
}

}  // namespace chainrule
