// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/graph/edit.h"
#include "engine/graph/upstream.h"

#include <optional>
#include <string>
#include <vector>

namespace chainrule {

/// Why a link would be refused: what apply() says (a cycle, no such input), or in PyTorch's words what the op
/// says to the types that it would then get (Op::infer), as far as they are known: an input that is open or
/// has not been evaluated since it was edited objects to nothing. `evaluation` may be nullptr, and of an
/// earlier graph. What apply() says has Error::Kind::Document; anything else is only an objection, and the
/// link can be made.
Failure objection(const Diagram& diagram, const Evaluation* evaluation, const Connect& connect);

/// The same for many links of one graph, as while a link is dragged: what is the same for all is found out
/// once. For one thread.
class LinkObjections {
public:
    /// The evaluation may be nullptr, and outlives this.
    LinkObjections(Graph graph, const Evaluation* evaluation);
    LinkObjections(const LinkObjections&) = delete;
    LinkObjections& operator=(const LinkObjections&) = delete;

    Failure operator()(const Connect& connect);
    /// What the op would get, "input [3, 4], other [5]", to stand beside PyTorch's words; empty if apply()
    /// refuses. What is not known is left out.
    std::string shapes(const Connect& connect);

private:
    struct Argument;

    void findKnown();
    bool closesCycle(const Connect& connect);
    Result<TensorType> typeOf(const Source& source) const;
    std::vector<Argument> arguments(const Op& op, NodeId node, const Inputs& inputs) const;

    const Graph m_graph;
    const Evaluation* const m_evaluation;  // Not owned.
    std::vector<bool> m_isKnown;  // By index: computed, and unchanged since; empty: all are.
    std::vector<NodeId> m_withoutGrad;  // Sorted.
    NodeId m_from = {};  // Whose upstream is:
    std::optional<Upstream> m_upstream;
    std::vector<std::uint32_t> m_ranks;  // By index: where the node stands in the plan; empty until it helps.
};

/// Whether the op accepts this tensor as its parameter number `parameter`, if it says anything without the
/// others: filters the search that a dropped link opens. Where shapes must fit together it asks whether any
/// could.
bool mayAccept(const Op& op, std::uint32_t parameter, const TensorType& type);

}  // namespace chainrule
