// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_painter.h"

#include "widgets/canvas/broadcast_words.h"
#include "widgets/canvas/port.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

/// The point at a share of the length, and the direction there.
std::pair<QPointF, QPointF> along(const QPolygonF& points, qreal share)
{
    qreal length = 0;
    for (qsizetype i = 1; i < points.size(); ++i)
        length += QLineF(points[i - 1], points[i]).length();
    qreal left = length * share;
    for (qsizetype i = 1; i < points.size(); ++i) {
        const QLineF piece(points[i - 1], points[i]);
        if (piece.length() >= left && piece.length() > 0)
            return {piece.pointAt(left / piece.length()), (piece.p2() - piece.p1()) / piece.length()};
        left -= piece.length();
    }
    return {points.back(), {1, 0}};
}

/// An arrow head that points against the link: gradients come back.
void paintArrow(QPainter& painter, const QColor& colour, const QPolygonF& points, qreal share)
{
    const auto [at, direction] = along(points, share);
    const QPointF back = -direction;
    const QPointF side(-back.y(), back.x());
    const QPointF corners[] = {at + 6 * back, at - 4 * back + 4.5 * side, at - 4 * back - 4.5 * side};
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawConvexPolygon(corners, 3);
}

/// A stroke through the link: what it carries does not take part.
void paintStrike(QPainter& painter, const QColor& colour, const QPolygonF& points)
{
    const auto [at, direction] = along(points, 0.5);
    const QPointF across(-direction.y(), direction.x());
    const QPointF slant = across * 6 + direction * 3;
    const QPointF aside = direction;
    const QPointF corners[] = {at - slant - aside, at + slant - aside, at + slant + aside, at - slant + aside};
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawConvexPolygon(corners, 4);  // As an area: see paintLines() of cells.
}

/// Two strokes beside each other: here it is cut.
void paintCut(QPainter& painter, const Theme& theme, const QPolygonF& points)
{
    const auto [at, direction] = along(points, 0.5);
    const QPointF across(-direction.y(), direction.x());
    const QPointF gap[] = {at - 3.5 * direction - 5 * across, at + 3.5 * direction - 5 * across,
                           at + 3.5 * direction + 5 * across, at - 3.5 * direction + 5 * across};
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.canvas);
    painter.drawConvexPolygon(gap, 4);
    painter.setBrush(theme.secondary);
    for (const qreal side : {-3.5, 3.5}) {
        const QPointF middle = at + side * direction;
        const QPointF corners[] = {middle - 5 * across - 0.9 * direction, middle - 5 * across + 0.9 * direction,
                                   middle + 5 * across + 0.9 * direction, middle + 5 * across - 0.9 * direction};
        painter.drawConvexPolygon(corners, 4);
    }
}

/// As in the cell that is NaN.
void paintCross(QPainter& painter, const Theme& theme, const QPolygonF& points)
{
    constexpr qreal arm = 4;
    const QPointF at = along(points, 0.5).first;
    painter.setPen(QPen(theme.nan, 1.5));
    painter.setBrush(theme.canvas);
    painter.drawEllipse(at, arm + 4, arm + 4);
    painter.drawLine(at + QPointF(-arm, -arm), at + QPointF(arm, arm));
    painter.drawLine(at + QPointF(-arm, arm), at + QPointF(arm, -arm));
}

/// Of what came back, by its logarithm: 2 at 1, half a pixel more for each power of ten, and less below.
qreal widthOf(double norm)
{
    if (!(norm > 0))
        return 1;
    const double power = std::log10(norm);
    return std::clamp(2 + (power > 0 ? 0.5 : 0.15) * power, 1.0, 4.0);
}

/// In pixels of the widget.
qreal lineWidth(const LinkFlow& flow, const LinkPainter::Look& look)
{
    qreal width = 1.75;
    if (look.showsGradients && flow.hasComeBack())
        width = flow.norm && !flow.isGradientBad ? widthOf(*flow.norm) : 2;
    else if (look.showsGradients && flow.state == LinkState::NotYet)
        width = 1;
    if ((look.showsGradients && flow.state == LinkState::Flowing) || look.isHighlighted)
        width = std::max(2.5, width + 0.5);
    return width * std::clamp(look.pixels / look.ratio, 0.5, 1.5);
}

/// How long dashes and the gaps between them are, at scale 1; 0: there are none.
qreal dashOf(const LinkFlow& flow, const LinkPainter::Look& look)
{
    if (!look.showsGradients || look.detail != Detail::Full)
        return 0;
    return flow.state == LinkState::NoGradient ? 2.5 : flow.state == LinkState::Detached ? 7 : 0;
}

QColor colourOf(const Theme& theme, const LinkFlow& flow, const LinkPainter::Look& look)
{
    return look.showsGradients ? LinkPainter::colour(theme, flow) : theme.secondary;
}

void paintLine(QPainter& painter, const Theme& theme, const QPolygonF& points, const LinkFlow& flow,
               const LinkPainter::Look& look)
{
    QPen pen(colourOf(theme, flow, look), lineWidth(flow, look) * look.ratio / look.pixels);
    if (const qreal dash = dashOf(flow, look); dash > 0)
        pen.setDashPattern({dash / pen.widthF(), dash / pen.widthF()});
    pen.setCapStyle(Qt::FlatCap);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(points);
}

void paintFlow(QPainter& painter, const Theme& theme, const QPolygonF& points, const LinkFlow& flow)
{
    const QColor colour = LinkPainter::colour(theme, flow);
    if (flow.state == LinkState::Flowing) {
        QColor glow = colour;
        glow.setAlphaF(0.28F);
        painter.setPen(QPen(glow, 8));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(points);
        paintArrow(painter, colour, points, 0.3);
        paintArrow(painter, colour, points, 0.7);
    } else if (flow.state == LinkState::Carried) {
        paintArrow(painter, colour, points, flow.isBad() ? 0.25 : 0.5);
    } else if (flow.state == LinkState::Detached) {
        paintCut(painter, theme, points);
    }
    if (flow.isBad())
        paintCross(painter, theme, points);
}

/// The boxes of the nodes on which a place lies, as one; empty where it lies on none.
QRectF nodesUnder(const Scene& scene, const QRectF& place)
{
    QRectF all;
    for (const NodeId id : scene.nodesIn(place))
        if (const QRectF node = scene.box(id); node.intersects(place))
            all |= node;
    return all;
}

/// A box that lies upon nodes moves just above them, or below, if there it lies upon none.
QRectF offNodes(const Scene& scene, const QRectF& box)
{
    constexpr qreal gap = 6;
    const QRectF nodes = nodesUnder(scene, box);
    if (nodes.isEmpty())
        return box;
    for (const qreal top : {nodes.top() - gap - box.height(), nodes.bottom() + gap}) {
        const QRectF moved = box.translated(0, top - box.top());
        if (nodesUnder(scene, moved).isEmpty())
            return moved;
    }
    return box;
}

}  // namespace

LinkPainter::LinkPainter() : m_label(fonts::numbers(11)) {}

QColor LinkPainter::colour(const Theme& theme, const LinkFlow& flow)
{
    if (flow.hasComeBack() ? flow.isGradientBad : flow.isValueBad)
        return theme.nan;
    switch (flow.state) {
    case LinkState::NotYet:
    case LinkState::NoGradient: return theme.faint;
    case LinkState::Detached: return theme.secondary;
    case LinkState::Carries: return theme.value;
    case LinkState::Carried:
    case LinkState::Flowing: return theme.gradient;
    }
    return theme.faint;
}

void LinkPainter::paint(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                        const Look& look)
{
    paintLine(painter, theme, scene.path(scene.wire(wire)).points(), scene.flow(wire), look);
    paintSigns(painter, theme, scene, wire, look);
}

void LinkPainter::strokeLine(PixelPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                             const Look& look, const QTransform& toPixels)
{
    const LinkFlow& flow = scene.flow(wire);
    painter.stroke(toPixels.map(scene.path(scene.wire(wire)).points()),
                   {.colour = colourOf(theme, flow, look), .width = lineWidth(flow, look) * look.ratio,
                    .dash = dashOf(flow, look) * look.pixels});
}

void LinkPainter::paintSigns(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                             const Look& look)
{
    const LinkFlow& flow = scene.flow(wire);
    const bool isMuted = scene.diagram().graph.at(scene.wire(wire).to.node).muted;
    const bool hasSign = look.showsGradients
        && (flow.hasComeBack() || flow.state == LinkState::Detached || flow.isBad());
    if (look.detail != Detail::Full || (!hasSign && !isMuted))
        return;
    const QPolygonF points = scene.path(scene.wire(wire)).points();
    if (hasSign)
        paintFlow(painter, theme, points, flow);
    if (isMuted)
        paintStrike(painter, theme.error, points);
}

void LinkPainter::paintSample(QPainter& painter, const Theme& theme, const QPolygonF& points, const LinkFlow& flow)
{
    paintLine(painter, theme, points, flow, {});
    paintFlow(painter, theme, points, flow);
}

QString LinkPainter::flowText(const Scene& scene)
{
    const Moment& moment = scene.moment();
    if (moment.isEmpty() || !moment.active() || !moment.activeLink() || !moment.activeOutput())
        return {};
    const OutputId output = *moment.activeOutput();
    if (!scene.contains(output.node))
        return {};
    const Source source = scene.source(output);
    QString name = QString::fromStdString(scene.diagram().graph.at(output.node).name);
    if (!source.output.empty())
        name += QLatin1Char('.') + QString::fromStdString(source.output);
    const Tensor& contribution = moment.active()->contribution;
    const Shape& shape = contribution.shape();  // A vector's length alone would look like a number.
    const QString what = shape.empty() ? shortNumber(contribution.item())
                         : shape.size() == 1 ? pythonShape(shape) : shortShape(shape);
    return QStringLiteral("∂L/∂%1 += %2").arg(name, what);
}

QRectF LinkPainter::flowBox(const Scene& scene)
{
    const QString text = flowText(scene);
    const auto target = text.isEmpty() ? std::nullopt : scene.moment().activeLink();
    if (!target || !scene.contains(target->node))
        return {};
    for (const std::uint32_t number : scene.wiresOf(target->node)) {
        const Scene::Wire& wire = scene.wire(number);
        if (wire.to != *target)
            continue;
        QRectF pill(0, 0, m_label.width(text) + 16, 20);
        pill.moveCenter(along(scene.path(wire).points(), 0.5).first);
        return offNodes(scene, pill);
    }
    return {};
}

void LinkPainter::paintLabels(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area)
{
    const QRectF pill = flowBox(scene);
    m_broadcasts.paint(painter, theme, scene, area, pill);
    if (pill.isEmpty())
        return;
    painter.setPen(QPen(theme.gradient, 1));
    painter.setBrush(theme.canvas);
    painter.drawRoundedRect(pill, 10, 10);
    painter.setPen(theme.gradient);
    m_label.drawCentred(painter, pill.center() + QPointF(0, 4), flowText(scene));
}

QString linkTooltip(const Scene& scene, const Target& target)
{
    const auto from = scene.connected(target);
    if (!from)
        return {};
    const auto translated = [](const char* text) { return QCoreApplication::translate("Link", text); };
    QString origin = QString::fromStdString(scene.diagram().graph.at(from->node).name);
    if (!from->output.empty())
        origin += QLatin1Char('.') + QString::fromStdString(from->output);
    QString text = translated("%1 to %2").arg(origin, fullPortName(scene, target)) + QLatin1Char('\n');
    const LinkFlow flow = scene.flow(target);
    switch (flow.state) {
    case LinkState::NotYet: text += translated("not computed yet at this step"); break;
    case LinkState::NoGradient: text += translated("carries no gradient"); break;
    case LinkState::Detached: text += translated("detached: no gradient comes back through it"); break;
    case LinkState::Carries: text += translated("carries a gradient when a backward pass reaches it"); break;
    case LinkState::Carried: text += translated("carried a gradient back in this pass"); break;
    case LinkState::Flowing: text += translated("a gradient flows back: %1").arg(LinkPainter::flowText(scene)); break;
    }
    if (flow.norm && !flow.isGradientBad)
        text += QLatin1Char('\n') + translated("norm %1").arg(*flow.norm, 0, 'g', 4);
    if (const Moment& moment = scene.moment(); moment.result(target.node) && !scene.isStale(target.node))
        for (const BroadcastInput& input : broadcastingOf(moment.evaluation(), target.node).inputs)
            if (Target{target.node, std::uint32_t(input.input)} == target)
                text += QLatin1Char('\n') + translated("repeated: %1").arg(arrowText(input)) + QLatin1Char('\n')
                    + translated("its gradient is folded: %1").arg(foldText(input));
    if (flow.isValueBad)
        text += QLatin1Char('\n') + translated("its value has NaN or infinities");
    if (flow.isGradientBad)
        text += QLatin1Char('\n') + translated("its gradient has NaN or infinities");
    if (scene.diagram().graph.at(target.node).muted)
        text += QLatin1Char('\n') + translated("the node is muted");
    return text;
}

}  // namespace chainrule
