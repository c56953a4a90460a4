// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/local_rule.h"
#include "engine/autograd/replay.h"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace chainrule {

/// One tensor on a card, and how it follows from those before it.
struct CardPart {
    enum class Role {
        Given,     ///< An input of the operation, to see what it was about.
        Arrived,   ///< The upstream gradient: what had arrived at an output.
        Repeated,  ///< The upstream gradient in the shape of the input.
        Local,     ///< The local derivative.
        Factor,    ///< Another input, as a side of a matrix product.
        Diagonal,
        Outer,
        Jacobian,  ///< Transposed: a row for each element of the input, a column for each of the output.
        Slice,     ///< Of the upstream gradient, as a column: what the matrix is multiplied with.
        SentSlice,
        Product,   ///< What the rule gave, before broadcasting is undone.
        Sent,      ///< What the event brought.
    };
    enum class Joint {
        Beside,
        Times,
        MatrixTimes,
        Minus,
        Equals,
        RepeatedOver,  ///< `dims`
        SummedOver,    ///< `dims`
        Moved,         ///< Its elements are some of those before it, elsewhere.
        Becomes,       ///< It contains the part before it.
    };
    Role role;
    Joint joint;
    Tensor tensor;
    std::string words = {};  ///< What it is, in names of the graph: "g · (1 − g)", "Wᵀ", "[0, :]".
    std::vector<std::int64_t> dims = {};
};

/// How one contribution came to be, with the numbers of its event: the upstream gradient, what the rule of the operation
/// makes of it, and what is sent. Only numbers that the rule gives; no operation is known by name here.
struct VjpCard {
    Picture picture = Picture::General;
    std::string formula = {};          ///< The operation, in names of the graph: "g = 1 / (1 + exp(−z))".
    std::string rule = {};             ///< "∂L/∂z += ∂L/∂g · g · (1 − g)".
    std::vector<CardPart> given = {};  ///< Of a loss: what it compares.
    std::vector<CardPart> parts = {};  ///< In the order in which they are read; the last one was sent.
    /// Where elements only move: for each element that is sent, which one of the upstream gradient it is; -1: none, it
    /// is 0. Of a Joined picture they are counted through all outputs. Empty for large tensors.
    std::vector<std::int64_t> origins = {};
};

/// What the tensors of an operation are called on its card.
struct CardNames {
    std::vector<std::string> inputs;   ///< By input; may be fewer.
    std::vector<std::string> outputs;  ///< By output; may be fewer.
    std::string receiver;              ///< To whom the contribution is sent.
};

/// The card of what a rule sent to input number `input`: `contribution`, for outputs `ys` and those upstream gradients.
/// Kernels may throw std::bad_alloc, and Stopped within a StopScope.
VjpCard vjpCard(const OperationUse& use, std::span<const Tensor> ys, const Upstream& upstream, std::size_t input,
                const Tensor& contribution, const CardNames& names);

/// The card of an event that came from an operation. @returns Cancelled after a stop, RuntimeError for want of memory.
Result<VjpCard> vjpCard(const Evaluation& evaluation, const BackwardEvent& event, std::stop_token stop = {});

/// How many elements are read or computed to make the card of an event, about.
std::int64_t cardWork(const Evaluation& evaluation, const BackwardEvent& event);

}  // namespace chainrule
