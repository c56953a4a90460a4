// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/check_all.h"

#include <QString>

#include <map>

namespace chainrule {

/// How a node's gradient fares against central differences: of its outputs the worst.
struct NodeCheck {
    Verdict verdict;
    QString words;  ///< One sentence.

    bool operator==(const NodeCheck&) const = default;
};

using CheckByNode = std::map<NodeId, NodeCheck>;
/// Nodes whose gradient was not compared are not in it.
CheckByNode checkByNode(const Evaluation& evaluation, const GraphCheck& check);

/// "Gradient agrees with central differences; worst at [1, 2], relative error 3.1e-10." `shape`: the leaf's.
QString checkWords(const LeafCheck& leaf, const Shape& shape);

/// "[1, 2]"; empty where there are no dims.
QString elementIndex(const Shape& shape, std::int64_t element);
/// Six digits: more than a difference has.
QString checkNumber(double value);
QString errorNumber(double relativeError);

}  // namespace chainrule
