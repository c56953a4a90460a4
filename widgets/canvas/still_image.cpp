// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/still_image.h"

#include <QElapsedTimer>
#include <QPainter>

#include <algorithm>
#include <cstring>

namespace chainrule {

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
    // Many small ones cost more than the area around them.
    if (m_missing.rectCount() > 4)
        m_missing = m_missing.boundingRect();
    for (const QRect& pixels : m_missing)
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
