// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/base/result.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// Where a way out of a mistake is looked for.
enum class Remedy {
    Literal,     ///< In how the numbers are typed.
    Integers,    ///< In an attribute's integers.
    Sizes,       ///< In an operation before an input, by what it says of itself: Op::repairs.
    Conversion,
    CutOff,
    Seed,         ///< In the gradient that a pass starts with
    RetainGraph,  ///< or in the pass before it.
    RequireGrad,  ///< In the tensors that a root is computed from.
};

/// A mistake that people make, known by the words of PyTorch or NumPy for it.
struct Mistake {
    Error::Kind kind;
    std::vector<std::string_view> words;  ///< Of the message; "*" stands for anything.
    std::string_view meaning;             ///< One sentence for the learner.
    std::vector<Remedy> remedies = {};
};

/// All that are known.
std::span<const Mistake> allMistakes();
/// Why a graph has no operations that write over their input, for who asks.
std::string_view inPlaceMeaning();
/// nullptr: there is nothing to add to the message.
const Mistake* mistakeBehind(const Error& error);

/// What a node was called with, by the names that its inputs have: "x: float32 [2, 3], b: float32 [2]". Without those that
/// failed or are open.
std::string operandsText(const Evaluation& evaluation, NodeId node);

}  // namespace chainrule
