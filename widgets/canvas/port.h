// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"

#include <QPolygonF>
#include <QString>

#include <variant>
#include <vector>

namespace chainrule {

/// Where links begin, or where one ends.
using Port = std::variant<OutputId, Target>;

/// The one under a point, if that is what lies there.
std::optional<Port> portOf(const Hit& hit);
NodeId nodeOf(const Port& port);
QPointF at(const Scene& scene, const Port& port);
/// The course of the link that ends at the input; empty where none does.
QPolygonF linkTo(const Scene& scene, const Target& target);
/// Which output stands for the source; absent where there is none such.
std::optional<OutputId> outputOf(const Scene& scene, const Source& source);

/// In words: "other", "tensors, item 2", "values"; "output" for a sole one.
QString portName(const Scene& scene, const Port& port);
/// With the node: "other of p"; of a sole output only the node, "x".
QString fullPortName(const Scene& scene, const Port& port);

}  // namespace chainrule
