// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QLineF>
#include <QPolygonF>

namespace chainrule {

/// Draws rectangles and lines straight into an image's pixels, cut to a part of it: many in the time that QPainter
/// needs for its bookkeeping. What is drawn does not depend on where it is cut, so that parts fit together.
class PixelPainter {
public:
    /// `pixels` lies in the image, which has 32 bits for each.
    PixelPainter(QImage& image, const QRect& pixels);

    void fill(const QRect& area, QRgb colour);
    /// One pixel wide, with steps; `opacity`: 0 … 1. Next to nothing where it is shorter than a pixel.
    void draw(const QLineF& line, QRgb colour, qreal opacity);
    /// Round and smooth.
    void dot(QPointF centre, qreal radius, const QColor& colour);

    struct Stroke {
        QColor colour;
        qreal width = 1;
        qreal dash = 0;  ///< The length of dashes and of the gaps between them; 0: no gaps.
    };
    /// Smooth, through all points.
    void stroke(const QPolygonF& points, const Stroke& stroke);

private:
    void strokePiece(const QLineF& piece, const Stroke& stroke, qreal lengthBefore);

    QRgb* m_bits;
    qsizetype m_stride;
    QRect m_clip;
};

}  // namespace chainrule
