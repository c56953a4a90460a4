// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/grad_fns.h"

#include "engine/ops/views.h"

#include <algorithm>

namespace chainrule {
namespace {

/// Which tensor a record's `Saved` names: PyTorch calls the argument that a function is named after `self`, and the
/// first output `result`.
struct Named {
    const Tensor* tensor = nullptr;
    Memory memory = {};
};

Named named(const Op& op, const Call<Value>& call, std::span<const Tensor> outputs, std::string_view name)
{
    const std::size_t count = op.tensorParameterCount();
    const auto find = [&](auto is) {
        std::uint32_t input = 0;
        while (input < count && !is(op.tensorParameter(input)->name))
            ++input;
        return input;
    };
    std::uint32_t input = find([&](std::string_view parameter) { return parameter == name; });
    if (input == count && name == "self")
        input = find([](std::string_view parameter) { return parameter != "grad_output"; });
    if (input < count)
        return call.has(input) ? Named{&call.inputs[input].tensor(), {Memory::Of::Input, input}} : Named();
    assert(name == "result");
    return {&outputs.front(), {Memory::Of::Output, 0}};
}

/// One grad_fn, as the record says.
GradFns plainGradFn(const Op& op, std::string_view name, const Call<Value>& call, std::span<const Tensor> outputs)
{
    GradFnRecord gradFn{name};
    unsigned needed = 0;
    for (std::uint32_t i = 0; i < call.inputs.size(); ++i) {
        const bool requiresGrad = call.inputs[i].requiresGrad();
        needed |= unsigned(requiresGrad) << std::min(i, 31u);
        if (parameterOf(op, i).parameter->differentiable)
            gradFn.next.push_back(requiresGrad ? NextFn{NextFn::To::Input, i} : NextFn());
    }
    for (const Saved& saved : op.saves)
        if (saved.forInputs & needed)
            if (const auto [tensor, memory] = named(op, call, outputs, saved.name); tensor) {
                const Memory own{Memory::Of::Own, memory.index};  // PyTorch makes a new tensor of a number.
                gradFn.saved.push_back(
                    {saved.name, tensor->dtype(), tensor->shape(), tensor->isNumber() ? own : memory});
            }
    return {std::move(gradFn)};
}

/// Whether `own`, the one grad_fn of `entry`, has the name of a step of a call and leads to the same.
bool isSameStep(const Tape& tape, Tape::Step step, const GradFnRecord& gradFn, std::uint32_t entry,
                const GradFnRecord& own)
{
    return own.name == gradFn.name
           && std::ranges::equal(own.next, gradFn.next, [&](const NextFn& mine, const NextFn& its) {
                  const Place* const to = mine.to == NextFn::To::Input ? tape.source(entry, mine.index) : nullptr;
                  if (its.to == NextFn::To::Nothing || !to)
                      return its.to == NextFn::To::Nothing && !to;
                  if (its.to == NextFn::To::Input)
                      return *to == *tape.source(step.call, its.index);
                  const Tape::Step* const repeated = tape.repeated(to->entry);
                  return repeated && *repeated == Tape::Step{step.call, its.index};
              });
}

}  // namespace

GradFns gradFnsOf(Tape& tape, std::size_t entry)
{
    const Op& op = *tape.op(entry);
    Values inputs;
    for (std::size_t i = 0; i < tape.inputCount(entry); ++i) {
        const Place* const source = tape.source(entry, i);
        inputs.push_back(source && tape.isSevered(source->entry) ? Value(tape.inputTensor(entry, i)) : tape.input(entry, i));
    }
    Tensors outputs;
    for (std::size_t k = 0; k < tape.outputCount(entry); ++k)
        outputs.push_back(tape.output(entry, k));
    const Call<Value> call{inputs, tape.attributes(entry)};
    if (op.gradFns) {
        GradFnTrace trace(call, outputs);
        if (const auto last = op.gradFns(trace))
            return trace.finished(*last);
    }
    return plainGradFn(op, op.gradFn.of ? op.gradFn.of(call, outputs.front()) : op.gradFn.name, call, outputs);
}

void noteRepeatedSteps(Tape& tape, std::uint32_t call, std::uint32_t begin)
{
    if (begin == tape.size() || !tape.op(call)->gradFns)
        return;
    const GradFns steps = gradFnsOf(tape, call);
    for (std::uint32_t entry = begin; entry < tape.size(); ++entry) {
        const GradFns own = gradFnsOf(tape, entry);
        if (own.size() != 1)
            continue;
        for (std::uint32_t k = 0; k + 1 < steps.size(); ++k)  // The last one is the output, which rules are handed.
            if (isSameStep(tape, {call, k}, steps[k], entry, own.front())) {
                tape.repeats(entry, {call, k});
                break;
            }
    }
}

TracedTensor GradFnTrace::input(std::size_t i)
{
    const Value& value = m_call.inputs[i];
    const Tensor& tensor = value.tensor();
    if (tensor.isNumber())
        return constant(tensor.dtype(), {});
    return {tensor.dtype(), tensor.shape(), tensor.strides(), {Memory::Of::Input, std::uint32_t(i)},
            value.requiresGrad() ? NextFn{NextFn::To::Input, std::uint32_t(i)} : NextFn()};
}

TracedTensor GradFnTrace::result(std::size_t k) const
{
    const Tensor& tensor = m_outputs[k];
    return {tensor.dtype(), tensor.shape(), tensor.strides(), {Memory::Of::Output, std::uint32_t(k)}, {}};
}

TracedTensor GradFnTrace::constant(DType dtype, const Shape& shape)
{
    return {dtype, shape, contiguousStrides(shape), newMemory(), {}};
}

NextFn GradFnTrace::record(std::string_view name, Memory memory, std::initializer_list<TracedTensor> inputs,
                           std::initializer_list<Kept> saved)
{
    GradFnRecord gradFn{.name = name, .memory = memory};
    unsigned needed = 0, bit = 1;
    for (const TracedTensor& input : inputs) {
        gradFn.next.push_back(input.next);
        needed |= input.requiresGrad() ? bit : 0;
        bit <<= 1;
    }
    if (needed == 0)
        return {};
    for (const Kept& kept : saved)
        if (kept.forInputs & needed)
            gradFn.saved.push_back({kept.name, kept.tensor.dtype, kept.tensor.shape, kept.tensor.memory});
    m_gradFns.push_back(std::move(gradFn));
    return {NextFn::To::GradFn, std::uint32_t(m_gradFns.size() - 1)};
}

TracedTensor GradFnTrace::computed(std::string_view name, std::initializer_list<TracedTensor> inputs, DType dtype,
                                   const Shape& shape, std::initializer_list<Kept> saved)
{
    TracedTensor y = constant(dtype, shape);
    y.next = record(name, y.memory, inputs, saved);
    return y;
}

TracedTensor GradFnTrace::keepingResult(std::string_view name, const TracedTensor& x)
{
    TracedTensor y = constant(x.dtype, x.shape);
    y.next = record(name, y.memory, {x}, {{"result", y}});
    return y;
}

TracedTensor GradFnTrace::viewed(std::string_view name, const TracedTensor& x, const Shape& shape,
                                 const Strides& strides)
{
    return {x.dtype, shape, strides, x.memory, record(name, x.memory, {x}, {})};
}

TracedTensor GradFnTrace::reshaped(const TracedTensor& x, const Shape& shape)
{
    const auto strides = viewStrides(x.shape, x.strides, shape);
    if (strides)
        return viewed(isContiguous(x) ? "ViewBackward0" : "ReshapeAliasBackward0", x, shape, *strides);
    const TracedTensor copy = computed("CloneBackward0", {x}, x.dtype, x.shape);
    return viewed("UnsafeViewBackward0", copy, shape, contiguousStrides(shape));
}

TracedTensor GradFnTrace::expanded(const TracedTensor& x, const Shape& shape)
{
    const std::size_t added = shape.size() - x.shape.size();
    Strides strides(shape.size(), 0);
    for (std::size_t d = 0; d < x.shape.size(); ++d)
        if (x.shape[d] == shape[added + d])
            strides[added + d] = x.strides[d];
    return viewed("ExpandBackward0", x, shape, strides);
}

TracedTensor GradFnTrace::transposed(std::string_view name, const TracedTensor& x)
{
    Shape shape = x.shape;
    Strides strides = x.strides;
    if (shape.size() > 1) {
        std::swap(shape[shape.size() - 2], shape.back());
        std::swap(strides[shape.size() - 2], strides.back());
    }
    return viewed(name, x, shape, strides);
}

TracedTensor GradFnTrace::contiguous(const TracedTensor& x)
{
    return isContiguous(x) ? x : computed("CloneBackward0", {x}, x.dtype, x.shape);
}

GradFns GradFnTrace::finished(const TracedTensor& last)
{
    const auto settle = [&](Memory& memory) {
        if (memory == last.memory && last.memory.of == Memory::Of::Own)
            memory = {Memory::Of::Output, 0};
    };
    for (GradFnRecord& gradFn : m_gradFns) {
        settle(gradFn.memory);
        for (SavedTensor& saved : gradFn.saved)
            settle(saved.memory);
    }
    return std::move(m_gradFns);
}

bool isContiguous(const TracedTensor& x)
{
    std::int64_t expected = 1;
    if (elementCount(x.shape) == 0)
        return true;
    for (std::size_t d = x.shape.size(); d-- > 0;) {
        if (x.shape[d] != 1 && x.strides[d] != expected)
            return false;
        expected *= x.shape[d];
    }
    return true;
}

}  // namespace chainrule
