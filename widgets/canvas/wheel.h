// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/camera.h"

class QWheelEvent;

namespace chainrule {

/// What the wheel of a mouse does; with Ctrl it always zooms, and two fingers on a trackpad always scroll.
enum class WheelUse { Zooms, Scrolls };

/// Zooms about the mouse, or scrolls.
void turn(Camera& camera, const QWheelEvent& event, WheelUse use);

}  // namespace chainrule
