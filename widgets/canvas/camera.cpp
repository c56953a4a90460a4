// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/camera.h"

#include <algorithm>

namespace chainrule {

QTransform Camera::transform() const
{
    return QTransform(m_scale, 0, 0, m_scale, -m_origin.x() * m_scale, -m_origin.y() * m_scale);
}

void Camera::zoomTo(qreal scale, QPointF anchor)
{
    const QPointF kept = toScene(anchor);
    m_scale = std::clamp(scale, std::min(farthest, m_scale), nearest);
    m_origin = kept - anchor / m_scale;
}

void Camera::frame(const QRectF& area, QSizeF size, qreal closest)
{
    if (size.isEmpty())
        return;
    const qreal across = area.width() > 0 ? size.width() / area.width() : nearest;
    const qreal down = area.height() > 0 ? size.height() / area.height() : nearest;
    m_scale = std::min({across, down, closest});
    m_origin = area.center() - QPointF(size.width(), size.height()) / 2 / m_scale;
}

}  // namespace chainrule
