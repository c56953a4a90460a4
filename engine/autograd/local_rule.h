// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/ops/operators.h"

#include <optional>
#include <span>
#include <vector>

namespace chainrule {

/// A gradient for each output of an operation; absent where none arrived.
using Upstream = std::vector<std::optional<Tensor>>;

/// One use of an operation and the numbers that it was used on, to be asked again, alone, and with other numbers.
/// Records nothing. Kernels may throw std::bad_alloc, and Stopped within a StopScope.
struct OperationUse {
    const Op* op;
    Attributes attributes;  ///< Complete.
    std::vector<Tensor> inputs;

    /// Absent where the operation refuses these inputs.
    std::optional<Tensors> outputs() const;
    /// What the rule sends to input number `input`, in that input's shape and dtype, for outputs `ys` and upstream
    /// gradients of which absent ones are zeros. Absent where it sends nothing.
    std::optional<Tensor> sentBack(std::span<const Tensor> ys, const Upstream& upstream, std::size_t input) const;
    /// The same operation on the same numbers in float64.
    OperationUse inFloat64() const;
};

/// What an entry of the tape recorded, which is no leaf.
OperationUse useOf(const Tape& tape, std::size_t entry);
std::vector<Tensor> outputsOf(const Tape& tape, std::size_t entry);
/// What a node computes; absent where it failed, hands on its input, reads a file or walks back over the tape.
std::optional<OperationUse> useOf(const Evaluation& evaluation, NodeId node);

/// Whether it is a tensor of a floating dtype, or a Python number that is a float.
bool isFloatingOperand(const Tensor& tensor);
/// A contiguous tensor of these elements, in row-major order.
Tensor tensorOf(std::span<const double> elements, const Shape& shape, DType dtype);
/// The elements in row-major order.
std::vector<double> elementsOf(const Tensor& tensor);

/// dy/dx of each element, if element i of the only output depends on element i of the input and on no other of it.
/// Found from numbers: what the rule answers to ones, multiplied by irregular numbers, is what it answers to those.
std::optional<Tensor> elementwiseDerivative(const OperationUse& use, std::span<const Tensor> ys, std::size_t input);

/// Undoes broadcasting and promotion: brings what a rule sent to the shape and dtype of its input.
inline void fit(Value& sent, const Tensor& input)
{
    const bool areScalars = sent.tensor().isInlineScalar() && input.isInlineScalar();
    if (sent.tensor().dtype() != input.dtype() || !(areScalars || sent.tensor().shape() == input.shape()))
        sent = to(sumTo(sent, input.shape()), input.dtype());
}

}  // namespace chainrule
