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
void paintBlocks(QImage& image, const QRect& pixels, const Theme& theme, const Scene& scene, const Sight& sight,
                 std::span<const NodeId> selection)
{
    PixelPainter painter(image, pixels);
    const QTransform toPixels = sight.transform();
    const QRectF area = sight.toScene(pixels);
    const qreal opacity = std::clamp(sight.scale * 4, 0.25, 1.0);
    for (const std::uint32_t number : scene.wiresIn(area)) {
        const Scene::Wire& wire = scene.wire(number);
        const LinkState state = LinkPainter::stateOf(scene, wire);
        const LinkPath path = scene.path(wire);
        QPointF from = path.from;
        for (const QPointF to : path.bends) {
            painter.draw(toPixels.map(QLineF(from, to)), LinkPainter::colour(theme, state), opacity);
            from = to;
        }
        painter.draw(toPixels.map(QLineF(from, path.to)), LinkPainter::colour(theme, state), opacity);
    }
    for (const NodeId id : scene.nodesIn(area)) {
        const QRect box = sight.toPixels(scene.box(id).adjusted(0, 0, -1, -1));
        painter.fill(box, NodePainter::blockColour(theme, scene, id));
        if (contains(selection, id))
            painter.fill(box.adjusted(-1, -1, 1, 1), theme.selection);
    }
}

}  // namespace

void ScenePainter::paint(QImage& image, const QRect& pixels, const Theme& theme, const Scene& scene,
                         const Sight& sight, std::span<const NodeId> selection)
{
    const Detail detail = detailAt(sight.scale);
    const QRectF area = sight.toScene(pixels).adjusted(-portMargin, -portMargin, portMargin, portMargin);
    QPainter painter(&image);
    const auto begin = [&] {
        painter.setClipRect(pixels);
        painter.setTransform(sight.transform());
        painter.setRenderHint(QPainter::Antialiasing);
    };
    painter.fillRect(pixels, theme.canvas);
    begin();
    paintGrid(painter, theme, area, sight.scale, sight.ratio);
    paintDecoration(painter, theme, scene, area);
    painter.end();
    if (detail == Detail::Block)
        return paintBlocks(image, pixels, theme, scene, sight, selection);

    const std::vector<std::uint32_t> wires = scene.wiresIn(area);
    const LinkPainter::Look link{.detail = detail, .pixels = sight.pixels(), .ratio = sight.ratio};
    PixelPainter lines(image, pixels);
    for (const std::uint32_t number : wires)
        m_links.strokeLine(lines, theme, scene, scene.wire(number), link, sight.transform());
    painter.begin(&image);
    begin();
    for (const std::uint32_t number : wires)
        m_links.paintSigns(painter, theme, scene, scene.wire(number), link);
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
    const LinkPainter::Look link{.detail = detail, .pixels = sight.pixels(), .ratio = sight.ratio};
    std::vector<std::uint32_t> wires;
    for (const NodeId id : nodes)
        for (const std::uint32_t number : scene.wiresOf(id))
            wires.push_back(number);
    std::ranges::sort(wires);
    wires.erase(std::ranges::unique(wires).begin(), wires.end());
    for (const std::uint32_t number : wires)
        m_links.paint(painter, theme, scene, scene.wire(number), link);
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

void ScenePainter::paintLabel(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight)
{
    if (detailAt(sight.scale) != Detail::Full)
        return;
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    m_links.paintLabel(painter, theme, scene);
    painter.setTransform(before);
}

void ScenePainter::paintLinksOf(QPainter& painter, const Theme& theme, const Scene& scene, const Sight& sight,
                                NodeId node)
{
    const QTransform before = painter.transform();
    painter.setTransform(sight.transform());
    painter.setRenderHint(QPainter::Antialiasing);
    const LinkPainter::Look look{.detail = std::min(detailAt(sight.scale), Detail::Title),
                                 .pixels = sight.pixels(), .ratio = sight.ratio, .isHighlighted = true};
    for (const std::uint32_t number : scene.wiresOf(node))
        m_links.paint(painter, theme, scene, scene.wire(number), look);
    painter.setTransform(before);
}

void ScenePainter::paintAll(QPainter& painter, const Theme& theme, const Scene& scene, qreal pixels)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF all = contentBounds(scene).adjusted(-portMargin, -portMargin, portMargin, portMargin);
    paintDecoration(painter, theme, scene, all);
    for (const std::uint32_t number : scene.wiresIn(all))
        m_links.paint(painter, theme, scene, scene.wire(number), {.pixels = pixels});
    for (const NodeId id : scene.nodesIn(all))
        m_nodes.paint(painter, theme, scene, id, {.pixels = pixels});
    m_links.paintLabel(painter, theme, scene);
}

}  // namespace chainrule
