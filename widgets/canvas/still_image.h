// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPolygonF>
#include <QRegion>
#include <QTransform>

#include <functional>
#include <vector>

namespace chainrule {

/// The scene as it was last drawn, in pixels of the device, and which of them are out of date. Panning moves the
/// pixels and leaves only the strips that come into view to be drawn.
class StillImage {
public:
    void resize(QSize pixels);
    void invalidate();
    void invalidate(const QRect& pixels);
    /// What is nearer to a line than `reach`.
    void invalidate(const QPolygonF& line, qreal reach);
    /// Moves what is drawn; what moves out is lost, and what comes into view is `ground`.
    void scroll(QPoint by, QRgb ground);
    /// Shows what is drawn where `map` brings it, until it is drawn anew.
    void stretch(const QTransform& map, QRgb ground);
    using Draw = std::function<void(QImage& image, const QRect& pixels)>;
    /// Calls `draw` for each rectangle that is out of date.
    void refresh(const Draw& draw);
    /// Likewise for tiles, from the middle outwards, until the time is over; at least for one.
    void refreshSome(const Draw& draw, int tile, int milliseconds);
    bool isComplete() const { return m_missing.isEmpty(); }

    QSize size() const { return m_image.size(); }
    /// To be drawn without being scaled.
    const QImage& image(qreal ratio);

private:
    std::vector<QRect> missingTiles(int tile) const;

    QImage m_image;
    QRegion m_missing;
};

}  // namespace chainrule
