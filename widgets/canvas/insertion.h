// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"

#include <optional>

namespace chainrule {

/// A node that goes into a link: the link then leads to one of its inputs, and its output to where the link
/// led.
struct Insertion {
    NodeId node;
    Link link;
    Target input;
    Source output;
};

/// The link on which `node` lies when it is displaced by `offset`, if it fits in there: it has an open input
/// and an output that nobody uses, and neither link would be refused.
std::optional<Insertion> insertionAt(const Scene& scene, NodeId node, QPointF offset,
                                     const Objection& objection);

/// The node goes to its place and into the link; what stands too close behind moves aside.
Edit inserted(const Scene& scene, const Insertion& insertion, QPointF offset);

}  // namespace chainrule
