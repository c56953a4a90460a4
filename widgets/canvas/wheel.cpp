// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/wheel.h"

#include <QInputDevice>
#include <QWheelEvent>

#include <cmath>

namespace chainrule {
namespace {

constexpr qreal zoomPerNotch = 1.2;
constexpr int notch = 120;  // Of QWheelEvent::angleDelta().
constexpr int scrollPerNotch = 60;

/// Whether fingers on a trackpad scroll, rather than a wheel with notches.
bool isTrackpad(const QWheelEvent& event)
{
    if (event.device() && event.device()->type() == QInputDevice::DeviceType::TouchPad)
        return true;
    // Under X11 wheels have no pixels; elsewhere a wheel's angles are whole notches.
    return !event.pixelDelta().isNull()
        && (event.phase() != Qt::NoScrollPhase || event.angleDelta().y() % notch != 0 || event.angleDelta().x() != 0);
}

}  // namespace

void turn(Camera& camera, const QWheelEvent& event, WheelUse use)
{
    const bool isFromTrackpad = isTrackpad(event);
    const QPoint angle = event.angleDelta();
    if (event.modifiers().testFlag(Qt::ControlModifier) || (!isFromTrackpad && use == WheelUse::Zooms)) {
        const qreal notches = (angle.y() != 0 ? angle.y() : angle.x()) / qreal(notch);
        camera.zoomTo(camera.scale() * std::pow(zoomPerNotch, notches), event.position());
        return;
    }
    QPointF by = isFromTrackpad && !event.pixelDelta().isNull() ? QPointF(event.pixelDelta())
                                                                : QPointF(angle) / notch * scrollPerNotch;
    if (event.modifiers().testFlag(Qt::ShiftModifier) && by.x() == 0)
        by = by.transposed();
    camera.panBy(by);
}

}  // namespace chainrule
