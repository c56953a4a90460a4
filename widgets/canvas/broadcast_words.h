// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/broadcasting.h"

#include <QString>
#include <QStringList>

namespace chainrule {

/// "other b: (3,) → (4, 3), gradient summed over dim 0".
QString inWords(const Evaluation& evaluation, NodeId node, const BroadcastInput& input);
/// "(3,) → (4, 3)", as it stands at a port.
QString arrowText(const BroadcastInput& input);
QString shortArrowText(const BroadcastInput& input);  ///< "(3,)→(4,3)"
/// What becomes of its gradient on the way back: "sum over dim 0".
QString foldText(const BroadcastInput& input);
QString shortFoldText(const BroadcastInput& input);  ///< "Σ dim 0"
/// What an accident means, and what to do.
QString warningOf(const AccidentalBroadcast& accident);
/// All that broadcasting does in a node, a line each; and in two words what can hardly be meant. Empty: nothing.
QStringList broadcastLines(const Evaluation& evaluation, NodeId node);
QStringList broadcastFlags(const Evaluation& evaluation, NodeId node);
/// "(2, 3)", as Python writes a shape.
QString pythonShape(const Shape& shape);

}  // namespace chainrule
