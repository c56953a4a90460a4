// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QTransform>

namespace chainrule {

/// How scene coordinates become widget coordinates: a scale and what stands in the upper left corner.
class Camera {
public:
    static constexpr qreal nearest = 4.0;
    static constexpr qreal farthest = 0.1;  ///< Farther only as far as frame() needs.

    qreal scale() const { return m_scale; }
    QPointF toScene(QPointF widget) const { return widget / m_scale + m_origin; }
    QPointF toWidget(QPointF scene) const { return (scene - m_origin) * m_scale; }
    QRectF toScene(const QRectF& widget) const { return {toScene(widget.topLeft()), widget.size() / m_scale}; }
    QRectF toWidget(const QRectF& scene) const { return {toWidget(scene.topLeft()), scene.size() * m_scale}; }
    QTransform transform() const;

    void panBy(QPointF widgetPixels) { m_origin -= widgetPixels / m_scale; }
    /// The scene point under `anchor` stays there.
    void zoomTo(qreal scale, QPointF anchor);
    /// Shows all of `area` in a widget of `size`, at most at `closest`.
    void frame(const QRectF& area, QSizeF size, qreal closest = 1.0);

private:
    qreal m_scale = 1;
    QPointF m_origin;
};

}  // namespace chainrule
