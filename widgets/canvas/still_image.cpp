// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/still_image.h"

#include <QElapsedTimer>
#include <QPainter>

#include <algorithm>
#include <cstring>

namespace chainrule {
namespace {

constexpr int tile = 64;               // What is out of date here and there is drawn in tiles of a grid of so many pixels.
constexpr qint64 startingCost = 16000;  // What it costs to draw one more rectangle, in pixels.

qint64 cost(const QRegion& region)
{
    qint64 sum = 0;
    for (const QRect& rect : region)
        sum += startingCost + qint64(rect.width()) * rect.height();
    return sum;
}

QRegion onGrid(const QRegion& region, const QRect& all)
{
    QRegion tiles;
    for (const QRect& rect : region) {
        const QPoint first(rect.left() / tile * tile, rect.top() / tile * tile);
        tiles += QRect(first, QPoint(rect.right() / tile * tile + tile - 1, rect.bottom() / tile * tile + tile - 1));
    }
    return tiles & all;
}

/// All of `region`, and what makes it quicker to draw.
QRegion cheapest(const QRegion& region, const QRect& all)
{
    const QRegion choices[] = {region, onGrid(region, all), region.boundingRect()};
    return *std::ranges::min_element(choices, {}, cost);
}

}  // namespace

void StillImage::resize(QSize pixels)
{
    if (m_image.size() == pixels)
        return;
    m_image = QImage(pixels, QImage::Format_RGB32);
    invalidate();
}

void StillImage::invalidate()
{
    m_missing = m_image.rect();
}

void StillImage::invalidate(const QRect& pixels)
{
    m_missing += pixels & m_image.rect();
}

void StillImage::invalidate(const QPolygonF& line, qreal reach)
{
    constexpr int mostPieces = 200;  // Of what is longer only a part is seen.
    const QRectF seen = QRectF(m_image.rect()).adjusted(-reach, -reach, reach, reach);
    for (qsizetype i = 1; i < line.size(); ++i) {
        const QPointF step = line[i] - line[i - 1];
        const int pieces = std::clamp(int(std::max(std::abs(step.x()), std::abs(step.y())) / tile), 1, mostPieces);
        for (int k = 0; k < pieces; ++k) {
            const QRectF piece = QRectF(line[i - 1] + step * (qreal(k) / pieces), QSizeF(step.x(), step.y()) / pieces);
            if (const QRectF area = piece.normalized().adjusted(-reach, -reach, reach, reach); area.intersects(seen))
                invalidate((area & seen).toAlignedRect());
        }
    }
}

void StillImage::scroll(QPoint by, QRgb ground)
{
    const QRect all = m_image.rect();
    const QRect kept = all & all.translated(by);  // Where the pixels come to be.
    if (by.isNull())
        return;
    m_missing.translate(by);
    m_missing = (m_missing & all) + (QRegion(all) - kept);
    if (kept.isEmpty())
        return m_image.fill(ground);
    const auto line = [this](int y) { return reinterpret_cast<QRgb*>(m_image.scanLine(y)); };
    const std::size_t bytes = std::size_t(kept.width()) * sizeof(QRgb);
    for (int i = 0; i < kept.height(); ++i) {
        const int y = by.y() > 0 ? kept.bottom() - i : kept.top() + i;  // No line is overwritten before it was moved.
        std::memmove(line(y) + kept.left(), line(y - by.y()) + kept.left() - by.x(), bytes);
    }
    m_image.setDevicePixelRatio(1);
    QPainter painter(&m_image);
    for (const QRect& exposed : QRegion(all) - kept)
        painter.fillRect(exposed, QColor(ground));
}

void StillImage::stretch(const QTransform& map, QRgb ground)
{
    m_image.setDevicePixelRatio(1);
    QImage stretched(m_image.size(), m_image.format());
    stretched.fill(ground);
    QPainter painter(&stretched);
    painter.setTransform(map);
    painter.drawImage(QPoint(), m_image);
    painter.end();
    m_image = std::move(stretched);
    invalidate();
}

void StillImage::refresh(const Draw& draw)
{
    if (m_missing.isEmpty())
        return;
    m_image.setDevicePixelRatio(1);
    for (const QRect& pixels : cheapest(m_missing, m_image.rect()))
        draw(m_image, pixels);
    m_missing = {};
}

std::vector<QRect> StillImage::missingTiles(int tile) const
{
    std::vector<QRect> tiles;
    for (int y = 0; y < m_image.height(); y += tile)
        for (int x = 0; x < m_image.width(); x += tile)
            if (const QRegion part = m_missing & QRect(x, y, tile, tile); !part.isEmpty())
                tiles.push_back(part.boundingRect());
    const QPoint middle = m_image.rect().center();
    std::ranges::sort(tiles, {}, [&](const QRect& rect) { return (rect.center() - middle).manhattanLength(); });
    return tiles;
}

void StillImage::refreshSome(const Draw& draw, int tile, int milliseconds)
{
    QElapsedTimer time;
    time.start();
    m_image.setDevicePixelRatio(1);
    for (const QRect& pixels : missingTiles(tile)) {
        draw(m_image, pixels);
        m_missing -= pixels;
        if (time.elapsed() >= milliseconds)
            return;
    }
}

const QImage& StillImage::image(qreal ratio)
{
    m_image.setDevicePixelRatio(ratio);
    return m_image;
}

}  // namespace chainrule
