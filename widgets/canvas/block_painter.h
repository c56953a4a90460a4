// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QLineF>

namespace chainrule {

/// Draws rectangles and thin lines straight into an image's pixels, cut to a part of it: thousands of them in the
/// time that a painter needs for its bookkeeping.
class BlockPainter {
public:
    /// `pixels` lies in the image, which has 32 bits for each.
    BlockPainter(QImage& image, const QRect& pixels);

    void fill(const QRect& area, const QColor& colour);
    /// `opacity`: 0 … 1.
    void draw(const QLineF& line, const QColor& colour, qreal opacity);

private:
    QRgb* m_bits;
    qsizetype m_stride;
    QRect m_clip;
};

}  // namespace chainrule
