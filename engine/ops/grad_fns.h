// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <initializer_list>

namespace chainrule {

/// In whose memory a tensor lies, as PyTorch has it: an input's, an output's, or some of its own.
struct Memory {
    enum class Of { Input, Output, Own };
    Of of;
    std::uint32_t index;  ///< Which one; what shares memory of its own has the same.
    bool operator==(const Memory&) const = default;
};

/// A tensor that a grad_fn keeps until it has run without retain_graph: `_saved_self` in Python is "self".
struct SavedTensor {
    std::string_view name;
    DType dtype;
    Shape shape;
    Memory memory;
};

/// Where a grad_fn hands a gradient on: one of PyTorch's next_functions.
struct NextFn {
    enum class To {
        Nothing,  ///< None: that input needs no gradient.
        Input,    ///< What made input number `index` of the call.
        GradFn,   ///< Another one of the same call.
    };
    To to = To::Nothing;
    std::uint32_t index = 0;
};

/// One backward node of PyTorch's: what `y.grad_fn` is.
struct GradFnRecord {
    std::string_view name;  ///< "MulBackward0".
    InlineVector<NextFn, 3> next = {};
    std::vector<SavedTensor> saved = {};
    Memory memory = {Memory::Of::Output, 0};  ///< In which its operation's result lies.
};
/// Those of one call; the last is the one that its outputs show.
using GradFns = std::vector<GradFnRecord>;

/// What PyTorch made of an entry of the tape, which is no leaf.
GradFns gradFnsOf(Tape& tape, std::size_t entry);

/// Notes on the tape which of the entries from `begin` on, all recorded by the rule of `call`, are steps that the call has
/// gone itself: the same operations on the same inputs.
void noteRepeatedSteps(Tape& tape, std::uint32_t call, std::uint32_t begin);

/// A tensor on the way through a call.
struct TracedTensor {
    DType dtype;
    Shape shape;
    Strides strides;
    Memory memory;
    NextFn next;

    bool requiresGrad() const { return next.to != NextFn::To::Nothing; }
};
bool isContiguous(const TracedTensor& x);

/// A call followed step by step as PyTorch performs it, for an op that is several operations there: which grad_fns come
/// about, and what they save. Nothing is computed.
class GradFnTrace {
public:
    /// What an operation keeps if any of the inputs numbered in `forInputs` (one bit each) needs a gradient.
    struct Kept {
        std::string_view name;
        TracedTensor tensor;
        unsigned forInputs = ~0u;
    };

    GradFnTrace(const Call<Value>& call, std::span<const Tensor> outputs) : m_call(call), m_outputs(outputs) {}

    const Call<Value>& call() const { return m_call; }
    const Tensor& output(std::size_t k = 0) const { return m_outputs[k]; }
    /// Input number i; a Python number as the 0-dim tensor that PyTorch makes of it.
    TracedTensor input(std::size_t i);
    /// Output number k, where a grad_fn keeps it.
    TracedTensor result(std::size_t k = 0) const;
    /// A new tensor that no gradient goes through.
    TracedTensor constant(DType dtype, const Shape& shape);
    /// An operation on `inputs` that writes to new memory. It is recorded if one of the inputs requires grad.
    TracedTensor computed(std::string_view name, std::initializer_list<TracedTensor> inputs, DType dtype, const Shape& shape,
                    std::initializer_list<Kept> saved = {});
    /// Likewise, and it keeps what it has computed.
    TracedTensor keepingResult(std::string_view name, const TracedTensor& x);
    /// In the memory of x.
    TracedTensor viewed(std::string_view name, const TracedTensor& x, const Shape& shape, const Strides& strides);
    /// reshape(): a view, or a copy where there must be one.
    TracedTensor reshaped(const TracedTensor& x, const Shape& shape);
    TracedTensor expanded(const TracedTensor& x, const Shape& shape);
    TracedTensor transposed(std::string_view name, const TracedTensor& x);
    TracedTensor contiguous(const TracedTensor& x);

    /// What new memory is there of `last`'s is the output's.
    GradFns finished(const TracedTensor& last);

private:
    NextFn record(std::string_view name, Memory memory, std::initializer_list<TracedTensor> inputs,
                  std::initializer_list<Kept> saved);
    Memory newMemory() { return {Memory::Of::Own, m_memories++}; }

    const Call<Value>& m_call;
    std::span<const Tensor> m_outputs;
    GradFns m_gradFns;
    std::uint32_t m_memories = 0;
};

}  // namespace chainrule
