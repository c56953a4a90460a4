// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/node_painter.h"

#include "widgets/canvas/cells_painter.h"
#include "widgets/canvas/check_sign.h"
#include "widgets/canvas/ports.h"

#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace chainrule {

using namespace face_metrics;

namespace {

enum class Trouble { None, Own, Inherited };

Trouble troubleOf(const Scene& scene, NodeId node)
{
    const NodeResult* const result = scene.moment().result(node);
    if (!result || !result->error)
        return Trouble::None;
    return result->error->kind == Error::Kind::NotEvaluated ? Trouble::Inherited : Trouble::Own;
}

bool isActive(const Scene& scene, NodeId node)
{
    const auto active = scene.moment().isEmpty() ? std::nullopt : scene.moment().activeOutput();
    return active && active->node == node;
}

QColor categoryColour(const Theme& theme, const Scene& scene, NodeId node)
{
    const Op* const op = scene.op(node);
    return op ? theme.category(op->category) : theme.source;
}

/// What of the rounded box is left of the bar's right edge.
QPainterPath barPath(qreal height)
{
    constexpr qreal radius = metrics::nodeRadius;
    const qreal angle = std::acos((radius - bar) / radius) * 180 / M_PI;  // Where the edge meets the arc.
    const qreal inset = radius - std::sqrt(radius * radius - (radius - bar) * (radius - bar));
    QPainterPath path(QPointF(bar, inset));
    path.arcTo(0, 0, 2 * radius, 2 * radius, 180 - angle, angle);
    path.lineTo(0, height - radius);
    path.arcTo(0, height - 2 * radius, 2 * radius, 2 * radius, 180, angle);
    path.closeSubpath();
    return path;
}

struct Outline {
    QColor colour;
    qreal width;
};

/// By the node's state.
Outline outlineOf(const Theme& theme, const Scene& scene, NodeId node)
{
    if (scene.moment().computing() == node)
        return {theme.value, 2};
    if (isActive(scene, node))
        return {theme.gradient, 2};
    if (troubleOf(scene, node) == Trouble::Own)
        return {theme.error, 1.5};
    return {theme.nodeLine, 1};
}

void paintOutline(QPainter& painter, qreal height, const Outline& outline, qreal outset)
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(outline.colour, outline.width));
    painter.drawRoundedRect(QRectF(0, 0, width, height).adjusted(-outset, -outset, outset, outset),
                            metrics::nodeRadius + outset, metrics::nodeRadius + outset);
}

void paintBox(QPainter& painter, const Theme& theme, qreal height, const QColor& category, const Outline& outline,
              bool isSelected)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.node);
    painter.drawRoundedRect(QRectF(0, 0, width, height), metrics::nodeRadius, metrics::nodeRadius);
    painter.setBrush(category);
    painter.drawPath(barPath(height));
    const bool isPlain = outline.width <= 1;
    if (!isSelected || !isPlain)
        paintOutline(painter, height, outline, isPlain ? 0 : 0.5);
    if (isSelected)  // Around the other, whose news is not to be hidden.
        paintOutline(painter, height, {theme.selection, 2}, isPlain ? 0.5 : 2.5);
}

/// A stop sign on the corner.
void paintBreakpoint(QPainter& painter, const Theme& theme)
{
    constexpr qreal outer = 8, inner = 3.3;  // Of the eight corners, from the middle.
    const QPointF corners[] = {{-inner, -outer}, {inner, -outer}, {outer, -inner}, {outer, inner},
                               {inner, outer},   {-inner, outer}, {-outer, inner}, {-outer, -inner}};
    painter.translate(2, 2);
    painter.setPen(QPen(theme.canvas, 2));
    painter.setBrush(theme.error);
    painter.drawConvexPolygon(corners, 8);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.canvas);
    painter.drawEllipse(QPointF(), 2.5, 2.5);
}

}  // namespace

NodePainter::NodePainter()
    : m_name(fonts::text(13, QFont::DemiBold)), m_op(fonts::text(12)), m_type(fonts::numbers(11)),
      m_badge(fonts::text(10, QFont::DemiBold)), m_label(fonts::text(9, QFont::DemiBold)),
      m_footer(fonts::text(11, QFont::Medium))
{
}

NodePainter::BlockColours::BlockColours(const Theme& theme, const Scene& scene) : m_theme(theme), m_scene(scene)
{
    if (const auto active = scene.moment().isEmpty() ? std::nullopt : scene.moment().activeOutput())
        m_active = active->node;
    m_computing = scene.moment().computing().value_or(NodeId());
}

QRgb NodePainter::BlockColours::of(NodeId node) const
{
    if (node == m_active)
        return m_theme.gradient.rgb();
    if (node == m_computing)
        return m_theme.value.rgb();
    if (troubleOf(m_scene, node) != Trouble::None)
        return m_theme.error.rgb();
    if (m_scene.showsHealth()) {
        const NodeHealth* const health = m_scene.health(node);
        if (!health || !health->norm)
            return m_theme.nodeLine.rgb();
        return (health->band == GradientBand::NotFinite ? m_theme.nan : m_theme.cell(health->tint(m_scene.healthLimits())))
            .rgb();
    }
    return categoryColour(m_theme, m_scene, node).rgb();
}

void NodePainter::paint(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look)
{
    const QRectF box = scene.box(node).translated(scene.displacement(node));
    const Outline outline = outlineOf(theme, scene, node);
    const QTransform before = painter.transform();
    painter.translate(box.topLeft());
    paintBox(painter, theme, box.height(), categoryColour(theme, scene, node), outline, look.isSelected);
    if (look.detail == Detail::Full) {
        const Face& face = scene.face(node);
        paintFace(painter, theme, face, scene.shape(node), look);
        paintPorts(painter, theme, scene, node);
    } else {
        paintTitle(painter, theme, scene, node, look);
    }
    if (scene.showsHealth())
        paintHealth(painter, theme, scene, node, look);
    paintCheck(painter, theme, scene, node, look);
    if (scene.hasBreakpoint(node))
        paintBreakpoint(painter, theme);
    painter.setTransform(before);
}

/// On the upper right corner, where nothing else is. As far outside as nodes are painted, and inwards as large as it
/// takes to be seen.
void NodePainter::paintCheck(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look)
{
    const NodeCheck* const check = scene.check(node);
    if (!check)
        return;
    constexpr qreal outside = 7, smallest = 9, smallestOnScreen = 5.5;
    const qreal radius = std::max(smallest, look.detail == Detail::Full ? 0 : smallestOnScreen * look.ratio / look.pixels);
    paintCheckSign(painter, theme, theme.canvas, check->verdict, {width + outside - radius, radius - outside}, radius);
}

void NodePainter::paintFace(QPainter& painter, const Theme& theme, const Face& face, const NodeShape& shape,
                            const Look& look)
{
    paintHeader(painter, theme, face);
    if (face.outputs.empty())
        return paintError(painter, theme, face, shape.height());
    const bool isFaint = face.isStale || face.isMuted;
    for (std::size_t k = 0; k < std::min(face.outputs.size(), shape.panelHeights.size()); ++k) {
        const Face::Output& output = face.outputs[k];
        const qreal baseline = shape.labelTop(k) + 8;
        painter.setPen(theme.value);
        m_label.draw(painter, {left, baseline}, m_label.elided(output.value.label, panelWidth));
        if (!output.value.slice.isEmpty()) {
            painter.setPen(theme.secondary);
            const QString slice = QString(output.value.slice).remove(QLatin1Char(' '));
            m_label.draw(painter, {left + m_label.width(output.value.label) + 4, baseline}, slice);
        }
        painter.setPen(theme.gradient);
        m_label.draw(painter, {gradientLeft, baseline}, output.gradient.label);
        if (isFaint)
            painter.setOpacity(0.45);
        paintPanel(painter, theme, output.value, shape.valuePanel(k), look);
        paintPanel(painter, theme, output.gradient, shape.gradientPanel(k), look);
        if (isFaint)
            painter.setOpacity(1);
    }
    paintFooter(painter, theme, face, shape.height());
}

void NodePainter::paintHeader(QPainter& painter, const Theme& theme, const Face& face)
{
    const qreal room = right - left - 8;
    const qreal nameWidth = std::min(m_name.width(face.name), std::max(room / 2, room - m_op.width(face.op)));
    const qreal opWidth = room - nameWidth;
    painter.setPen(theme.text);
    m_name.draw(painter, {left, 20}, m_name.elided(face.name, nameWidth));
    painter.setPen(theme.category(face.category));
    m_op.drawRight(painter, {right, 20}, m_op.elided(face.op, opWidth));
    painter.setPen(theme.secondary);
    const qreal badgeWidth = face.badge.isEmpty() ? 0 : m_badge.width(face.badge) + 14;
    m_type.draw(painter, {left, 37}, m_type.elided(face.type, right - left - badgeWidth));
    if (face.badge.isEmpty())
        return;
    const QRectF pill(right - badgeWidth, 25, badgeWidth, 16);
    m_badge.drawCentred(painter, {pill.center().x(), 36.5}, face.badge);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.nodeLine, 1));
    painter.drawRoundedRect(pill, 8, 8);
}

void NodePainter::paintPanel(QPainter& painter, const Theme& theme, const Panel& panel, const QRectF& area,
                             const Look& look)
{
    switch (panel.kind) {
    case Panel::Kind::Absent: return;
    case Panel::Kind::Word:
        painter.setPen(theme.faint);
        m_footer.draw(painter, {area.left() + 1, area.top() + 14}, panel.word);
        return;
    case Panel::Kind::NotYet:
        painter.setPen(QPen(theme.nodeLine, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(area, metrics::cellRadius, metrics::cellRadius);
        painter.setPen(theme.faint);
        m_footer.drawCentred(painter, area.center() + QPointF(0, 3), QStringLiteral("…"));
        return;
    default: paintCells(painter, theme, panel, area, look);
    }
}

void NodePainter::paintCells(QPainter& painter, const Theme& theme, const Panel& panel, QRectF area, const Look& look)
{
    const PanelGrid& grid = panel.grid;
    area.setSize(grid.size);
    if (panel.kind == Panel::Kind::HeatMap) {
        paintHeatMap(painter, theme, panel, area, look.pixels);
        return;
    }
    qsizetype longest = 1;
    for (const Cell& cell : panel.cells)
        longest = std::max(longest, cell.text.size());
    const QSizeF size = cellSize(panel);
    // JetBrains Mono is 0.6 of its size wide.
    const int pixels = std::max(1, int(std::min({11.0, (size.width() - 2) / (0.6 * qreal(longest)), size.height() * 0.62})));
    const bool isLegible = pixels * look.pixels / look.ratio >= 5;
    TextCache& text = m_numbers.try_emplace(pixels, fonts::numbers(pixels)).first->second;
    for (std::size_t i = 0; i < panel.cells.size(); ++i) {
        const Cell& cell = panel.cells[i];
        const QPointF corner(qreal(i % grid.columns) * size.width(), qreal(i / grid.columns) * size.height());
        const QRectF box(area.topLeft() + corner, size - QSizeF(1, 1));
        paintCell(painter, theme, cell, box);
        const bool isFinite = cell.kind == Cell::Kind::Number || cell.kind == Cell::Kind::Zero;
        if (!isLegible || cell.text.isEmpty() || !isFinite)
            continue;
        painter.setPen(textColour(theme, cell));
        text.drawCentred(painter, {box.center().x(), box.center().y() + pixels * 0.36}, cell.text);
    }
}

void NodePainter::paintFooter(QPainter& painter, const Theme& theme, const Face& face, qreal height)
{
    const qreal baseline = height - 11;
    qreal end = right;
    for (const QString& flag : face.flags) {
        painter.setPen(face.isMuted && flag == face.flags.last() ? theme.secondary : theme.nan);
        m_footer.drawRight(painter, {end, baseline}, flag);
        end -= m_footer.width(flag) + 6;
    }
    painter.setPen(face.isError ? theme.error : theme.secondary);
    m_footer.draw(painter, {left, baseline}, m_footer.elided(face.footer, end - left));
}

/// There are no values: the words have all the room.
void NodePainter::paintError(QPainter& painter, const Theme& theme, const Face& face, qreal height)
{
    constexpr qreal lineHeight = 15;
    const int lines = std::max(1, int((height - header - 4) / lineHeight));
    painter.setPen(face.isError ? theme.error : theme.secondary);
    qreal baseline = header + 8;
    for (const QString& line : m_footer.wrapped(face.footer, right - left, lines)) {
        m_footer.draw(painter, {left, baseline}, line);
        baseline += lineHeight;
    }
}

void NodePainter::paintPorts(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node)
{
    const NodeShape& shape = scene.shape(node);
    const auto paintPort = [&](QPointF at, const QColor& colour, bool isOpen) {
        painter.setPen(QPen(isOpen ? colour : theme.canvas, isOpen ? 1.5 : 2));
        painter.setBrush(isOpen ? theme.node : colour);
        painter.drawEllipse(at, portRadius - (isOpen ? 1 : 0), portRadius - (isOpen ? 1 : 0));
    };
    const InputPorts ports = inputPorts(scene.diagram().graph.at(node), node);
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const bool isOpen = !scene.connected(ports[i]);
        const bool carries = !isOpen && !scene.moment().isEmpty() && scene.moment().result(node)
            && scene.moment().link(ports[i]) != LinkState::NoGradient;
        paintPort(shape.inputPort(i), carries ? theme.value : theme.faint, isOpen);
    }
    const Face& face = scene.face(node);
    for (std::size_t k = 0; k < shape.panelHeights.size(); ++k) {
        const bool requiresGrad = k < face.outputs.size() && face.outputs[k].requiresGrad;
        paintPort(shape.outputPort(k), requiresGrad ? theme.value : theme.faint, false);
    }
}

void NodePainter::paintTitle(QPainter& painter, const Theme& theme, const Scene& scene, NodeId node, const Look& look)
{
    const QRectF box = scene.box(node);
    const QTransform toDevice = painter.transform();
    const int size = int(std::lround(11 * look.ratio));
    TextCache& text = m_titles.try_emplace(size, fonts::text(size, QFont::DemiBold)).first->second;
    const std::string& name = scene.diagram().graph.at(node).name;
    const qreal room = (box.width() - left) * look.pixels - 2;
    const QString title = text.elided(QString::fromStdString(name), room);
    const QPointF middle = toDevice.map(QPointF(left, box.height() / 2));
    painter.setTransform(QTransform());
    painter.setPen(theme.text);
    text.draw(painter, middle + QPointF(0, size * 0.36), title);
    painter.setTransform(toDevice);
}

}  // namespace chainrule
