// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/pixel_painter.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal farthest = 1e9;  // In pixels: nothing that is to be seen reaches beyond.

QRgb mixed(QRgb under, QRgb over, int share)  // Of 256.
{
    const quint32 redBlue = ((over & 0xff00ff) * share + (under & 0xff00ff) * (256 - share)) >> 8;
    const quint32 green = ((over & 0x00ff00) * share + (under & 0x00ff00) * (256 - share)) >> 8;
    return 0xff000000 | (redBlue & 0xff00ff) | (green & 0x00ff00);
}

}  // namespace

PixelPainter::PixelPainter(QImage& image, const QRect& pixels)
    : m_bits(reinterpret_cast<QRgb*>(image.bits())), m_stride(image.bytesPerLine() / qsizetype(sizeof(QRgb))),
      m_clip(pixels & image.rect())
{
}

void PixelPainter::fill(const QRect& area, QRgb colour)
{
    const QRect inside = area & m_clip;
    for (int y = inside.top(); y <= inside.bottom(); ++y)
        std::fill_n(m_bits + y * m_stride + inside.left(), inside.width(), colour);
}

void PixelPainter::draw(const QLineF& line, QRgb colour, qreal opacity)
{
    const bool isSteep = std::abs(line.dy()) > std::abs(line.dx());
    const bool isBackward = isSteep ? line.dy() < 0 : line.dx() < 0;
    const QPointF from = isBackward ? line.p2() : line.p1();
    const QPointF to = isBackward ? line.p1() : line.p2();
    const qreal major = isSteep ? from.y() : from.x();
    const qreal minor = isSteep ? from.x() : from.y();
    const qreal extent = isSteep ? to.y() - from.y() : to.x() - from.x();
    const int lowest = isSteep ? m_clip.top() : m_clip.left();
    const int highest = isSteep ? m_clip.bottom() : m_clip.right();
    const int lowestMinor = isSteep ? m_clip.left() : m_clip.top();
    const int highestMinor = isSteep ? m_clip.right() : m_clip.bottom();
    const qreal minorEnd = isSteep ? to.x() : to.y();
    if (!(extent > 0) || extent > farthest || std::abs(major) > farthest || std::abs(minor) > farthest || major > highest + 1.0 || major + extent < lowest
        || std::min(minor, minorEnd) > highestMinor + 1.0 || std::max(minor, minorEnd) < lowestMinor)
        return;
    const qreal slope = (minorEnd - minor) / extent;
    int first = int(std::ceil(std::max(major - 0.5, lowest - 1.0)));
    int last = int(std::ceil(std::min(major + extent - 0.5, highest + 1.0))) - 1;
    first = std::max(first, lowest);
    last = std::min(last, highest);
    if (first > last)
        return;
    // Of a steady line only a stretch is between the limits across it; a pixel more at its ends is looked at below.
    if (std::abs(slope) > 1e-6) {
        const qreal enter = major + (lowestMinor - minor) / slope;
        const qreal leave = major + (highestMinor + 1.0 - minor) / slope;
        first = int(std::clamp<qreal>(std::floor(std::min(enter, leave)) - 1, first, highest + 1));
        last = int(std::clamp<qreal>(std::ceil(std::max(enter, leave)) + 1, lowest - 1, last));
    }
    // In fixed point from the line's own beginning, so that a part of it is the same wherever it is cut.
    const auto fixed = [](qreal value) { return qint64(std::llround(value * 0x1000000)); };
    const qreal origin = std::ceil(major - 0.5);
    const qint64 step = fixed(slope);
    qint64 place = fixed(minor + (origin + 0.5 - major) * slope) + (first - qint64(origin)) * step;
    const qsizetype along = isSteep ? m_stride : 1;
    const qsizetype across = isSteep ? 1 : m_stride;
    const quint32 share = quint32(opacity * 256);
    const quint32 redBlue = (colour & 0xff00ff) * share;
    const quint32 green = (colour & 0x00ff00) * share;
    for (int at = first; at <= last; ++at, place += step) {
        const int column = int(place >> 24);
        if (column < lowestMinor || column > highestMinor)
            continue;
        QRgb& pixel = m_bits[at * along + column * across];
        pixel = 0xff000000 | (((pixel & 0xff00ff) * (256 - share) + redBlue) >> 8 & 0xff00ff)
            | (((pixel & 0x00ff00) * (256 - share) + green) >> 8 & 0x00ff00);
    }
}

void PixelPainter::dot(QPointF centre, qreal radius, const QColor& colour)
{
    const qreal reach = radius + 0.5;
    const QRect around = QRectF(centre - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach)).toAlignedRect() & m_clip;
    const QRgb over = colour.rgb();
    for (int y = around.top(); y <= around.bottom(); ++y)
        for (int x = around.left(); x <= around.right(); ++x) {
            const QPointF away = QPointF(x + 0.5, y + 0.5) - centre;
            const qreal covered = std::clamp(reach - std::sqrt(QPointF::dotProduct(away, away)), 0.0, 1.0);
            QRgb& pixel = m_bits[y * m_stride + x];
            pixel = mixed(pixel, over, int(covered * colour.alphaF() * 256));
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
