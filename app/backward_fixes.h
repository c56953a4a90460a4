// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/mistakes.h"
#include "engine/autograd/run.h"
#include "engine/graph/edit.h"

#include <optional>
#include <vector>

namespace chainrule {

/// The pass of a run that failed: where, why, and which of the common mistakes it was.
struct BackwardTrouble {
    std::size_t step;  ///< Among Graph::backward.
    std::size_t root;  ///< The one at fault, among the pass's.
    NodeId node;       ///< That root's.
    Error error;
    const Mistake* mistake;  ///< nullptr: none that is known.

    bool isMendedBy(Remedy remedy) const;
};
/// Absent where all passes went well, or the error is of none: a cancelled run.
std::optional<BackwardTrouble> troubleOf(const Run& run);

// Ways out of it, as edits of the diagram that the run is of. Each changes the pass that failed, or what it starts
// from.

/// Starts the pass with ones in the root's shape, from a new node beside it.
Edit seededWithOnes(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble);
/// With zeros but for a one: the gradient of that one element, row-major.
Edit seededWithOneHot(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble, std::int64_t element);
/// With what another node computes.
Edit seededWith(const Diagram& diagram, const BackwardTrouble& trouble, const Source& seed);
/// Nodes whose tensors have the shape of the root.
std::vector<Source> possibleSeeds(const Run& run, const BackwardTrouble& trouble);
/// The passes before it that freed what it needs keep it.
Edit withGraphRetained(const Diagram& diagram, const BackwardTrouble& trouble);
/// Forgets all other passes, as zero_grad and a freshly computed graph would.
Edit startedOver(const Diagram& diagram, const BackwardTrouble& trouble);
/// Where the root is cut off the graph: what it is computed from and what requires grad, to start from instead.
std::vector<Source> possibleRoots(const Run& run, const BackwardTrouble& trouble);
Edit startedFrom(const Diagram& diagram, const BackwardTrouble& trouble, const Source& root);
/// Lets the floating tensors that the root is computed from require grad; absent where there are none.
std::optional<Edit> withLeavesRequiringGrad(const Diagram& diagram, const Run& run, const BackwardTrouble& trouble);

/// How many elements the root has.
std::int64_t rootSize(const Run& run, const BackwardTrouble& trouble);
const Shape& rootShape(const Run& run, const BackwardTrouble& trouble);

}  // namespace chainrule
