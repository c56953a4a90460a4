// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"

#include <QPointF>

namespace chainrule {

/// A button that went down on the canvas and has not come up yet.
struct Press {
    Hit hit;
    QPointF position;  ///< In the widget.
    Qt::MouseButton button = Qt::LeftButton;
    Qt::KeyboardModifiers modifiers = Qt::NoModifier;
    bool isCutting = false;  ///< The key for the cut stroke was held.
    bool isSecond = false;  ///< Of a double click.
};

/// What dragging can be.
enum class Drag {
    Nothing,
    Band,  ///< From empty canvas.
    Move,  ///< From a node; with Alt
    Duplicate,  ///< a copy of it.
    Link,  ///< From a port, a new link; from an input that has one, the end of
    LinkEnd,  ///< the link; with Shift, another
    LinkCopy,  ///< link from where it begins; with Ctrl from an output,
    AllLinks,  ///< all links that begin there.
    Scrub,  ///< Sideways from a number of a source.
    TakeOut,  ///< From a value or gradient: the tensor leaves the window. From a number of a source up or
              ///< down.
    Cut,  ///< With X held or the right button and Ctrl.
};

/// Which of these a press becomes once the mouse has moved by so much: the only place that decides. `scale`
/// is the view's.
Drag dragOf(const Scene& scene, const Press& press, QPointF moved, qreal scale);

/// Whether the number under the point can be scrubbed.
bool isScrubbable(const Scene& scene, const Hit& hit);

/// What can be dragged here, in a sentence; empty where there is nothing that is not plain to see.
QString dragHint(const Scene& scene, const Hit& hit, qreal scale);

}  // namespace chainrule
