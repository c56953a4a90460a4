// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_painter.h"

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

/// In pixels of the widget.
qreal lineWidth(LinkState state, const LinkPainter::Look& look)
{
    const qreal width = state == LinkState::Flowing || look.isHighlighted ? 2.5 : 1.75;
    return width * std::clamp(look.pixels / look.ratio, 0.5, 1.5);
}

constexpr qreal dash = 2.5;  // Likewise, at scale 1.

bool isDotted(LinkState state, const LinkPainter::Look& look)
{
    return state == LinkState::NoGradient && look.detail == Detail::Full;
}

}  // namespace

LinkPainter::LinkPainter() : m_label(fonts::numbers(11)) {}

QColor LinkPainter::colour(const Theme& theme, LinkState state)
{
    switch (state) {
    case LinkState::NoGradient: return theme.faint;
    case LinkState::Carries: return theme.value;
    case LinkState::Carried:
    case LinkState::Flowing: return theme.gradient;
    }
    return theme.faint;
}

void LinkPainter::paint(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                        const Look& look)
{
    const LinkState state = scene.state(wire);
    QPen pen(colour(theme, state), lineWidth(state, look) * look.ratio / look.pixels);
    if (isDotted(state, look))
        pen.setDashPattern({dash / pen.widthF(), dash / pen.widthF()});
    pen.setCapStyle(Qt::FlatCap);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(scene.path(scene.wire(wire)).points());
    paintSigns(painter, theme, scene, wire, look);
}

void LinkPainter::strokeLine(PixelPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                             const Look& look, const QTransform& toPixels)
{
    const LinkState state = scene.state(wire);
    painter.stroke(toPixels.map(scene.path(scene.wire(wire)).points()),
                   {.colour = colour(theme, state), .width = lineWidth(state, look) * look.ratio,
                    .dash = isDotted(state, look) ? dash * look.pixels : 0});
}

void LinkPainter::paintSigns(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                             const Look& look)
{
    const LinkState state = scene.state(wire);
    const bool isMuted = scene.diagram().graph.at(scene.wire(wire).to.node).muted;
    const bool hasArrow = state == LinkState::Carried || state == LinkState::Flowing;
    if (look.detail != Detail::Full || (!hasArrow && !isMuted))
        return;
    const QPolygonF points = scene.path(scene.wire(wire)).points();
    const QColor colour = this->colour(theme, state);
    if (state == LinkState::Flowing) {
        QColor glow = colour;
        glow.setAlphaF(0.28F);
        painter.setPen(QPen(glow, 8));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(points);
        paintArrow(painter, colour, points, 0.3);
        paintArrow(painter, colour, points, 0.7);
    } else if (hasArrow) {
        paintArrow(painter, colour, points, 0.5);
    }
    if (isMuted)
        paintStrike(painter, theme.error, points);
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
    const QString what = contribution.rank() == 0 ? shortNumber(contribution.item()) : shortShape(contribution.shape());
    return QStringLiteral("∂L/∂%1 += %2").arg(name, what);
}

void LinkPainter::paintLabel(QPainter& painter, const Theme& theme, const Scene& scene)
{
    const QString text = flowText(scene);
    if (text.isEmpty())
        return;
    const Target target = *scene.moment().activeLink();
    if (!scene.contains(target.node))
        return;
    for (const std::uint32_t number : scene.wiresOf(target.node)) {
        const Scene::Wire& wire = scene.wire(number);
        if (wire.to != target)
            continue;
        const QPointF middle = along(scene.path(wire).points(), 0.5).first;
        QRectF pill(0, 0, m_label.width(text) + 16, 20);
        pill.moveCenter(middle);
        painter.setPen(QPen(theme.gradient, 1));
        painter.setBrush(theme.canvas);
        painter.drawRoundedRect(pill, 10, 10);
        painter.setPen(theme.gradient);
        m_label.drawCentred(painter, pill.center() + QPointF(0, 4), text);
    }
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
    switch (scene.state(target)) {
    case LinkState::NoGradient: text += translated("carries no gradient"); break;
    case LinkState::Carries: text += translated("carries a gradient when a backward pass reaches it"); break;
    case LinkState::Carried: text += translated("carried a gradient back in this pass"); break;
    case LinkState::Flowing: text += translated("a gradient flows back: %1").arg(LinkPainter::flowText(scene)); break;
    }
    if (scene.diagram().graph.at(target.node).muted)
        text += QLatin1Char('\n') + translated("the node is muted");
    return text;
}

}  // namespace chainrule
