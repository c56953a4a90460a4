// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/scene_painter.h"

#include "widgets/canvas/pixel_painter.h"
#include "widgets/canvas/decoration_painter.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal portMargin = 8;  // Ports and outlines stick out of boxes.

bool contains(std::span<const NodeId> nodes, NodeId node)
{
    return std::ranges::binary_search(nodes, node);
}

/// Nodes as rectangles and links as straight lines.
void paintBlocks(PixelPainter& painter, const QRectF& area, const Theme& theme, const Scene& scene, const Sight& sight,
                 std::span<const NodeId> selection, bool showsGradients)
{
    const qreal opacity = std::clamp(sight.scale * 4, 0.25, 1.0);
    for (const std::uint32_t number : scene.wiresIn(area)) {
        const QRgb colour = (showsGradients ? LinkPainter::colour(theme, scene.flow(number)) : theme.secondary).rgb();
        const QPolygonF line = sight.transform().map(scene.path(scene.wire(number)).straight());
        for (qsizetype i = 1; i < line.size(); ++i)
            painter.draw({line[i - 1], line[i]}, colour, opacity);
    }
    const NodePainter::BlockColours blocks(theme, scene);
    for (const NodeId id : scene.nodesIn(area)) {
        const QRect box = sight.toPixels(scene.box(id).adjusted(0, 0, -1, -1));
        painter.fill(box, blocks.of(id));
        if (contains(selection, id))
            painter.fill(box.adjusted(-1, -1, 1, 1), theme.selection.rgb());
        if (scene.hasBreakpoint(id))
            painter.fill(QRect(box.topLeft() - QPoint(2, 2), QSize(5, 5)), theme.error.rgb());
        if (const NodeCheck* const check = scene.check(id); check && check->verdict > Verdict::Kink)
            painter.fill(QRect(box.topRight() - QPoint(2, 2), QSize(5, 5)), theme.error.rgb());
    }
}

}  // namespace

LinkPainter::Look ScenePainter::linkLook(Detail detail, const Sight& sight) const
{
    return {.detail = detail, .pixels = sight.pixels(), .ratio = sight.ratio, .showsGradients = m_showsGradients};
}

void ScenePainter::paint(QImage& image, const QRect& pixels, const Theme& theme, const Scene& scene,
                         const Sight& sight, std::span<const NodeId> selection)
{
    const Detail detail = detailAt(sight.scale);
    const QRectF area = sight.toScene(pixels).adjusted(-portMargin, -portMargin, portMargin, portMargin);
    PixelPainter onPixels(image, pixels);
    onPixels.fill(pixels, theme.canvas.rgb());
    paintGrid(onPixels, theme, area, sight.transform(), sight.ratio);
    QPainter painter(&image);
    const auto begin = [&] {
        painter.setClipRect(pixels);
        painter.setTransform(sight.transform());
        painter.setRenderHint(QPainter::Antialiasing);
    };
    begin();
    paintDecoration(painter, theme, scene, area);
    painter.end();
    if (detail == Detail::Block)
        return paintBlocks(onPixels, area, theme, scene, sight, selection, m_showsGradients);

    const std::vector<std::uint32_t> wires = scene.wiresIn(area);
    const LinkPainter::Look link = linkLook(detail, sight);
    for (const std::uint32_t number : wires)
        m_links.strokeLine(onPixels, theme, scene, number, link, sight.transform());
    painter.begin(&image);
    begin();
    for (const std::uint32_t number : wires)
        m_links.paintSigns(painter, theme, scene, number, link);
    for (const NodeId id : scene.nodesIn(area))
        m_nodes.paint(painter, theme, scene, id,
                      {.detail = detail, .pixels = sight.pixels(), .ratio = sight.ratio,
                       .isSelected = contains(selection, id)});
}

void ScenePainter::paintNodes(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                              std::span<const NodeId> nodes, std::span<const NodeId> selection)
{
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    const Detail detail = std::min(detailAt(sight.scale), Detail::Title);
    const LinkPainter::Look link = linkLook(detail, sight);
    std::vector<std::uint32_t> wires;
    for (const NodeId id : nodes)
        for (const std::uint32_t number : scene.wiresOf(id))
            wires.push_back(number);
    std::ranges::sort(wires);
    wires.erase(std::ranges::unique(wires).begin(), wires.end());
    for (const std::uint32_t number : wires)
        m_links.paint(painter, theme, scene, number, link);
    painter.setTransform(before);
    paintFaces(painter, theme, scene, sight, nodes, selection);
}

void ScenePainter::paintFaces(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                              std::span<const NodeId> nodes, std::span<const NodeId> selection)
{
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    const Detail detail = std::min(detailAt(sight.scale), Detail::Title);
    const QRectF visible = sight.transform().inverted().mapRect(QRectF(painter.viewport()));
    for (const NodeId id : nodes)
        if (scene.box(id).translated(scene.displacement(id)).intersects(visible))
            m_nodes.paint(painter, theme, scene, id,
                          {.detail = detail, .pixels = sight.pixels(), .ratio = sight.ratio,
                           .isSelected = contains(selection, id)});
    painter.setTransform(before);
}

void ScenePainter::paintLabels(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight)
{
    if (detailAt(sight.scale) != Detail::Full || !m_showsGradients)
        return;
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    m_links.paintLabels(painter, theme, scene, sight.scale < BroadcastLabels::smallestScale
                                                   ? QRectF()
                                                   : sight.transform().inverted().mapRect(QRectF(painter.viewport())));
    painter.setTransform(before);
}

void ScenePainter::paintLinksOf(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                                NodeId node)
{
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    LinkPainter::Look look = linkLook(std::min(detailAt(sight.scale), Detail::Title), sight);
    look.isHighlighted = true;
    for (const std::uint32_t number : scene.wiresOf(node))
        m_links.paint(painter, theme, scene, number, look);
    painter.setTransform(before);
}

void ScenePainter::paintAll(QPainter& painter, const Theme& theme, const Scene& scene, qreal pixels)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF all = contentBounds(scene).adjusted(-portMargin, -portMargin, portMargin, portMargin);
    paintDecoration(painter, theme, scene, all);
    for (const std::uint32_t number : scene.wiresIn(all))
        m_links.paint(painter, theme, scene, number, {.pixels = pixels, .showsGradients = m_showsGradients});
    for (const NodeId id : scene.nodesIn(all))
        m_nodes.paint(painter, theme, scene, id, {.pixels = pixels});
    m_links.paintLabels(painter, theme, scene, all);
}

}  // namespace chainrule
