// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"

#include <QString>

#include <variant>
#include <vector>

namespace chainrule {

/// Where links begin, or where one ends.
using Port = std::variant<OutputId, Target>;

NodeId nodeOf(const Port& port);
QPointF at(const Scene& scene, const Port& port);
/// Which output stands for the source; absent where there is none such.
std::optional<OutputId> outputOf(const Scene& scene, const Source& source);

/// In words: "other", "tensors, item 2", "values"; "output" for a sole one.
QString portName(const Scene& scene, const Port& port);
/// With the node: "other of p"; of a sole output only the node, "x".
QString fullPortName(const Scene& scene, const Port& port);

}  // namespace chainrule
