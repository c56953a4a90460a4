// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/differentiated.h"

#include "engine/autograd/backward.h"

namespace chainrule {
namespace {

/// Python makes a tuple of each argument, and a number is none.
Error notIterable(const Tensor& number)
{
    const std::string_view type = number.dtype() == DType::Bool    ? "bool"
                                  : number.dtype() == DType::Int64 ? "int"
                                                                   : "float";
    return typeError("'" + std::string(type) + "' object is not iterable");
}

}  // namespace

Result<Values> differentiated(std::span<const Value> inputs, std::stop_token stop, Flow* flow)
{
    for (const Value& input : inputs)
        if (input.tensor().isNumber())
            return notIterable(input.tensor());
    const Value& output = inputs[0];
    const Value& input = inputs[1];
    Root root{output};
    if (!inputs[2].tensor().isNone())
        root.seed = inputs[2];
    BackwardOptions options{.createGraph = true, .retainGraph = true, .keepAll = true, .inputs = std::vector<Place>(),
                            .stop = stop};
    if (input.requiresGrad())
        options.inputs->push_back(input.place());
    auto pass = backward({&root, 1}, options);
    const Value* const found = input.requiresGrad() ? pass.flow.find(input.place()) : nullptr;
    const std::optional<Value> gradient = found ? std::optional(*found) : std::nullopt;
    if (flow)
        *flow = std::move(pass.flow);
    if (!pass)
        return *pass.error;
    if (!input.requiresGrad())
        return runtimeError("One of the differentiated Tensors does not require grad");
    if (!gradient)
        return runtimeError("The differentiated Tensor at index 0 appears to not have been used in the graph. Set "
                            "allow_unused=True if this is the desired behavior.");
    return Values{*gradient};
}

}  // namespace chainrule
