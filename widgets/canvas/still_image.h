// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QRegion>

#include <functional>

namespace chainrule {

/// The scene as it was last drawn, in pixels of the device, and which of them are out of date. Panning moves the
/// pixels and leaves only the strips that come into view to be drawn.
class StillImage {
public:
    void resize(QSize pixels);
    void invalidate();
    void invalidate(const QRect& pixels);
    /// Moves what is drawn; what moves out is lost.
    void scroll(QPoint by);
    /// Calls `draw` for each rectangle that is out of date.
    void refresh(const std::function<void(QImage& image, const QRect& pixels)>& draw);

    QSize size() const { return m_image.size(); }
    /// To be drawn without being scaled.
    const QImage& image(qreal ratio);

private:
    QImage m_image;
    QRegion m_missing;
};

}  // namespace chainrule
