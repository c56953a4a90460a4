// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/graph.h"
#include "engine/graph/layout.h"

#include <string>

namespace chainrule {

/// Everything that a document says. A value: an edit makes another one, and undo goes back to the one before.
struct Diagram {
    Graph graph = {};
    Layout layout = {};
    std::string lesson = {};  ///< A JSON object as text on one line; empty: none.
    RawFields unknownFields = {};

    bool operator==(const Diagram&) const = default;
};

}  // namespace chainrule
