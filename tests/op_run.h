// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/differentiated.h"
#include "engine/ops/op.h"
#include "engine/tensor/kernels/elementwise.h"
#include "tests/support.h"

#include <concepts>
#include <vector>

namespace chainrule {

using Inputs = std::vector<Tensor>;
/// Which floating inputs require grad.
enum class Leaves { No, Differentiable, All };

inline bool isFloatingTensor(const Tensor& tensor)
{
    return !tensor.isNone() && !tensor.isNumber() && isFloating(tensor.dtype());
}

inline bool isIntegerTensor(const Tensor& tensor)
{
    return !tensor.isNone() && !tensor.isNumber() && category(tensor.dtype()) == DTypeCategory::Integer;
}

/// A tensor in another dtype: floating numbers as integers four times as large, as booleans whether they are above one
/// half, since most of them lie between -2 and 2.
inline Tensor converted(const Tensor& x, DType dtype)
{
    if (!isFloating(x.dtype()) || isFloating(dtype))
        return kernel::cast(x, dtype);
    if (dtype == DType::Bool)
        return kernel::compare(x, Tensor::number(0.5), kernel::Comparison::Greater, x.dtype());
    return kernel::cast(kernel::mul(x, Tensor::number(4.0), x.dtype()), dtype);
}

/// The floating inputs in another dtype; where there are none, the integer ones.
inline Inputs inDType(const Inputs& inputs, DType dtype)
{
    const bool anyFloating = std::ranges::any_of(inputs, isFloatingTensor);
    Inputs all;
    for (const Tensor& input : inputs)
        all.push_back((anyFloating ? isFloatingTensor(input) : isIntegerTensor(input)) ? converted(input, dtype) : input);
    return all;
}

inline Result<Attributes> complete(const Op& op, const Sample& sample)
{
    InlineVector<bool, 4> isGiven;
    for (const Parameter& parameter : op.parameters) {
        const std::size_t i = isGiven.size();
        if (parameter.isTensor())
            isGiven.push_back(parameter.kind == Parameter::Kind::TensorList
                              || (i < sample.inputs.size() && !sample.inputs[i].isNone()));
    }
    return completed(op, {isGiven.data(), isGiven.size()}, sample.attributes);
}

inline bool isDifferentiable(const Op& op, std::size_t input)
{
    bool isDifferentiable = false;
    for (std::size_t p = 0, tensors = 0; p < op.parameters.size() && tensors <= input; ++p)
        if (op.parameters[p].isTensor()) {  // A list is the last one, and takes the rest.
            isDifferentiable = op.parameters[p].differentiable;
            ++tensors;
        }
    return isDifferentiable;
}

/// One call of an operation. Those inputs that `isLeaf` names require grad.
struct Run {
    Tape tape;
    Result<Attributes> attributes;
    Values inputs;
    Result<Values> outputs;

    template <std::predicate<std::size_t> F>
    Run(const Op& op, const Sample& sample, const Inputs& given, F isLeaf)
        : attributes(complete(op, sample)), outputs(Values())
    {
        for (std::size_t i = 0; i < given.size(); ++i)
            inputs.push_back(isFloatingTensor(given[i]) && isLeaf(i) ? tape.leaf(given[i]) : Value(given[i]));
        if (attributes)
            outputs = op.walksBack ? differentiated(inputs) : perform(op, inputs, *attributes);
        else
            outputs = attributes.error();
    }
    Run(const Op& op, const Sample& sample, const Inputs& given, Leaves leaves = Leaves::Differentiable)
        : Run(op, sample, given, [&](std::size_t i) {
              return leaves == Leaves::All || (leaves == Leaves::Differentiable && isDifferentiable(op, i));
          })
    {
    }

    std::string error() const { return outputs ? "" : words(outputs.error()); }
};

/// "dx1: ", for messages.
inline std::string label(const char* prefix, std::size_t i) { return prefix + std::to_string(i) + ": "; }

}  // namespace chainrule
