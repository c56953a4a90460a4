// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/pixel_painter.h"

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

PixelPainter::PixelPainter(QImage& image, const QRect& pixels)
    : m_bits(reinterpret_cast<QRgb*>(image.bits())), m_stride(image.bytesPerLine() / qsizetype(sizeof(QRgb))),
      m_clip(pixels & image.rect())
{
}

void PixelPainter::fill(const QRect& area, const QColor& colour)
{
    const QRect inside = area & m_clip;
    for (int y = inside.top(); y <= inside.bottom(); ++y)
        std::fill_n(m_bits + y * m_stride + inside.left(), inside.width(), colour.rgb());
}

void PixelPainter::draw(const QLineF& line, const QColor& colour, qreal opacity)
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

void PixelPainter::stroke(const QPolygonF& points, const Stroke& stroke)
{
    qreal length = 0;
    for (qsizetype i = 1; i < points.size(); ++i) {
        const QLineF piece(points[i - 1], points[i]);
        strokePiece(piece, stroke, length);
        if (stroke.dash > 0)
            length += piece.length();
    }
}

/// Column by column, or where it is steep row by row. Each belongs to one piece, so that none is drawn on twice.
void PixelPainter::strokePiece(const QLineF& piece, const Stroke& stroke, qreal lengthBefore)
{
    const bool isSteep = std::abs(piece.dy()) > std::abs(piece.dx());
    const qreal major = isSteep ? piece.y1() : piece.x1();
    const qreal minor = isSteep ? piece.x1() : piece.y1();
    const qreal extent = isSteep ? piece.dy() : piece.dx();
    if (extent == 0)
        return;
    const qreal slope = (isSteep ? piece.dx() : piece.dy()) / extent;
    const qreal stretch = std::sqrt(1 + slope * slope);
    const qreal half = stroke.width / 2 * stretch;
    const int lowest = isSteep ? m_clip.top() : m_clip.left();
    const int highest = isSteep ? m_clip.bottom() : m_clip.right();
    const int lowestMinor = isSteep ? m_clip.left() : m_clip.top();
    const int highestMinor = isSteep ? m_clip.right() : m_clip.bottom();
    const auto bounded = [&](qreal at) { return int(std::ceil(std::clamp(at - 0.5, lowest - 1.0, highest + 1.0))); };
    const int first = std::max(bounded(std::min(major, major + extent)), lowest);
    const int last = std::min(bounded(std::max(major, major + extent)) - 1, highest);
    const qsizetype step = isSteep ? 1 : m_stride;  // To the next pixel across the line.
    const QRgb over = stroke.colour.rgb();
    for (int at = first; at <= last; ++at) {
        const qreal middle = minor + (at + 0.5 - major) * slope;
        if (middle + half < lowestMinor || middle - half > highestMinor + 1.0)
            continue;
        qreal strength = 256;
        if (stroke.dash > 0) {
            const qreal length = lengthBefore + std::abs(at + 0.5 - major) * stretch;
            const qreal inDash = std::fmod(length, 2 * stroke.dash);
            strength *= std::clamp(std::min(inDash, stroke.dash - inDash) + 0.5, 0.0, 1.0);
        }
        const qreal low = middle - half;
        const qreal high = middle + half;
        const int from = std::max(int(std::floor(low)), lowestMinor);
        const int to = std::min(int(std::floor(high)), highestMinor);
        QRgb* pixel = m_bits + (isSteep ? at * m_stride + from : from * m_stride + at);
        for (int across = from; across <= to; ++across, pixel += step) {
            const qreal covered = std::min(high, across + 1.0) - std::max(low, qreal(across));
            *pixel = mixed(*pixel, over, int(covered * strength));
        }
    }
}

}  // namespace chainrule
