// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/diagram.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace chainrule {

/// A node that was searched for, and what is said of it in the list.
struct Found {
    NodeId node;
    QString name;
    QString detail;  ///< "linear · float32 (2, 2)", and why it was found.
};

/// Nodes to which every word of the query applies: a part of the name or of the operation's, of dtype or shape ("2x3",
/// "(2, 3)", "float64"), or one of stateWords(). Those whose name begins so come first; at most `most`.
std::vector<Found> foundNodes(const Diagram& diagram, const Moment& moment, const QString& query, std::size_t most);

/// "has NaN", "has Inf", "grad is None", "requires grad", "error": what is searched for by state.
QStringList stateWords();

}  // namespace chainrule
