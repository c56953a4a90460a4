// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/block_painter.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

QRgb mixed(QRgb under, QRgb over, int share)  // Of 256.
{
    const quint32 redBlue = ((over & 0xff00ff) * share + (under & 0xff00ff) * (256 - share)) >> 8;
    const quint32 green = ((over & 0x00ff00) * share + (under & 0x00ff00) * (256 - share)) >> 8;
    return 0xff000000 | (redBlue & 0xff00ff) | (green & 0x00ff00);
}

/// What of a line lies inside; Liang and Barsky's way.
bool cut(QLineF& line, const QRectF& to)
{
    qreal first = 0;
    qreal last = 1;
    const auto keep = [&](qreal direction, qreal room) {  // direction * t <= room
        if (direction == 0)
            return room >= 0;
        const qreal t = room / direction;
        if (direction < 0)
            first = std::max(first, t);
        else
            last = std::min(last, t);
        return first <= last;
    };
    if (!keep(-line.dx(), line.x1() - to.left()) || !keep(line.dx(), to.right() - line.x1())
        || !keep(-line.dy(), line.y1() - to.top()) || !keep(line.dy(), to.bottom() - line.y1()))
        return false;
    line = QLineF(line.pointAt(first), line.pointAt(last));
    return true;
}

}  // namespace

BlockPainter::BlockPainter(QImage& image, const QRect& pixels)
    : m_bits(reinterpret_cast<QRgb*>(image.bits())), m_stride(image.bytesPerLine() / qsizetype(sizeof(QRgb))),
      m_clip(pixels & image.rect())
{
}

void BlockPainter::fill(const QRect& area, const QColor& colour)
{
    const QRect inside = area & m_clip;
    for (int y = inside.top(); y <= inside.bottom(); ++y)
        std::fill_n(m_bits + y * m_stride + inside.left(), inside.width(), colour.rgb());
}

void BlockPainter::draw(const QLineF& line, const QColor& colour, qreal opacity)
{
    QLineF inside = line;
    if (m_clip.isEmpty() || !cut(inside, QRectF(m_clip.left(), m_clip.top(), m_clip.width() - 1, m_clip.height() - 1)))
        return;
    const int steps = int(std::max(std::abs(inside.dx()), std::abs(inside.dy()))) + 1;
    // Fixed point with 16 bits behind it: the clip is inside an image, whose sides are shorter than 2^15.
    const auto fixed = [](qreal value) { return qint64(std::lround(value * 65536)); };
    qint64 x = fixed(inside.x1()) + 32768;
    qint64 y = fixed(inside.y1()) + 32768;
    const qint64 across = fixed(inside.dx() / steps);
    const qint64 down = fixed(inside.dy() / steps);
    const QRgb over = colour.rgb();
    const int share = int(opacity * 256);
    for (int i = 0; i <= steps; ++i, x += across, y += down) {
        const int column = std::clamp(int(x >> 16), m_clip.left(), m_clip.right());
        const int row = std::clamp(int(y >> 16), m_clip.top(), m_clip.bottom());
        QRgb& pixel = m_bits[row * m_stride + column];
        pixel = mixed(pixel, over, share);
    }
}

}  // namespace chainrule
