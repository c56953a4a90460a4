// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/still_image.h"

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

void StillImage::scroll(QPoint by)
{
    const QRect all = m_image.rect();
    const QRect kept = all & all.translated(by);  // Where the pixels come to be.
    if (by.isNull())
        return;
    m_missing.translate(by);
    m_missing = (m_missing & all) + (QRegion(all) - kept);
    if (kept.isEmpty())
        return;
    const auto line = [this](int y) { return reinterpret_cast<QRgb*>(m_image.scanLine(y)); };
    const std::size_t bytes = std::size_t(kept.width()) * sizeof(QRgb);
    for (int i = 0; i < kept.height(); ++i) {
        const int y = by.y() > 0 ? kept.bottom() - i : kept.top() + i;  // No line is overwritten before it was moved.
        std::memmove(line(y) + kept.left(), line(y - by.y()) + kept.left() - by.x(), bytes);
    }
}

void StillImage::refresh(const std::function<void(QImage& image, const QRect& pixels)>& draw)
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

const QImage& StillImage::image(qreal ratio)
{
    m_image.setDevicePixelRatio(ratio);
    return m_image;
}

}  // namespace chainrule
