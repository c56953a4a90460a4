// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/diagram.h"

namespace chainrule {

/// The graph of the measurements: layered, 1.5 links a node, one in twenty of the second ones long. Nodes are
/// vectors of three, so that every face shows numbers.
struct BenchGraph {
    Diagram diagram;
    int columns;
    int rows;
    NodeId centre;
};

BenchGraph benchGraph(int count);

}  // namespace chainrule
