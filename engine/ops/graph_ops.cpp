// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/moves.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};

Result<Tensors> sameTensor(const Call<Tensor>& call)
{
    return Tensors{call.x()};
}

Gradients sameGradient(const VjpCall& call)
{
    return {call.dy()};
}

Result<Types> inferNumpy(const Call<TensorType>& call)
{
    if (call.x().requiresGrad)
        return runtimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
    if (call.x().dtype == DType::BFloat16)
        return typeError("Got unsupported ScalarType BFloat16");
    return likeInput(call);
}

std::vector<Attributes> usualDTypes(const TensorType& given)
{
    std::vector<Attributes> all;
    for (const DType dtype : {DType::Float32, DType::Float64, DType::Int64, DType::Bool})
        if (dtype != given.dtype)
            all.push_back({{"dtype", dtype}});
    return all;
}

std::string spelledGrad(const Spelling& call)
{
    const std::string upstream = call["grad_outputs"] == "None" ? "" : ", " + call["grad_outputs"];
    return std::string(call.torch) + ".autograd.grad(" + call["outputs"] + ", " + call["inputs"] + upstream
           + ", create_graph=True)[0]";
}

std::vector<Sample> anySamples()
{
    using namespace sample;
    return {{"vector", {values({3})}},
            {"matrix", {values({2, 3})}},
            {"scalar", {scalar(2.5)}},
            {"cube", {values({2, 1, 3})}},
            {"rank_4", {values({2, 1, 3, 2})}},
            {"permuted", {transposed(values({2, 3}))}},
            {"special", {vector({NAN, INFINITY, -INFINITY, -0.0})}},
            {"empty", {values({0, 2})}},
            {"integers", {integers({3}, -4, 5)}},
            {"booleans", {booleans({3})}}};
}

}  // namespace

std::vector<Op> graphOps()
{
    using namespace sample;
    const auto as = [](DType dtype) { return Attributes{{"dtype", dtype}}; };
    Parameter withoutGradient = input;
    withoutGradient.differentiable = false;
    return {
        Op{
            .name = "detach",
            .category = Category::Autograd,
            .summary = "The same tensor, cut off the graph: no gradient flows back through it.",
            .parameters = {withoutGradient},
            .formula = "y = x",
            .gradient = "none: the graph ends here",
            .pictures = {},
            .torch = "Tensor.detach",
            .refusal = refusals::method,
            .gradFn = {""},
            .saves = {},
            .infer = likeInput,
            .forward = sameTensor,
            .vjp = nullptr,
            .repairs = {Repair::Graph, [](const TensorType&) { return std::vector<Attributes>(1); }},
            .samples = anySamples(),
        },
        Op{
            .name = "clone",
            .category = Category::Autograd,
            .summary = "A copy through which gradients flow.",
            .parameters = {input},
            .formula = "y = x",
            .gradient = "dx = dy",
            .pictures = {{Picture::Unchanged}},
            .torch = "torch.clone",
            .overloads = {"(Tensor input, *, memory_format memory_format=None)"},
            .gradFn = {"CloneBackward0"},
            .saves = {},
            .infer = likeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::clone(call.x())}; },
            .vjp = sameGradient,
            .samples = anySamples(),
            .errors = {{"number", {Tensor::number(2.0)}}},
        },
        Op{
            .name = "to",
            .category = Category::Autograd,
            .summary = "Converts the elements to another dtype; floats become integers by truncation.",
            .parameters = {input, {.name = "dtype", .kind = Kind::DType, .help = "the dtype of the result"}},
            .formula = "y = x as dtype",
            .gradient = "dx = dy in the dtype of x; none where the result is not floating",
            .pictures = {{Picture::Unchanged}},
            .torch = "Tensor.to",
            .overloads = {"(device device=None, dtype dtype=None, bool non_blocking=False, bool copy=False, *, "
                          "memory_format memory_format=None)",
                          "(dtype dtype, bool non_blocking=False, bool copy=False, *, "
                          "memory_format memory_format=None)",
                          "(Tensor tensor, bool non_blocking=False, bool copy=False, *, "
                          "memory_format memory_format=None)"},
            .refusal = refusals::to,
            .gradFn = {"ToCopyBackward0"},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{{call.attribute<DType>("dtype"), call.x().shape}};
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::cast(call.x(), call.attribute<DType>("dtype"))};
            },
            .vjp = sameGradient,
            .returnsInput = [](const Call<Tensor>& call) {
                return call.x().dtype() == call.attribute<DType>("dtype");
            },
            .repairs = {Repair::Numbers, usualDTypes},
            .samples = {{"float32", {values({2, 3})}, as(DType::Float32)},
                        {"same", {values({2, 3})}, as(DType::Float64)},
                        {"half", {values({3})}, as(DType::Float16)},
                        {"bfloat16", {values({3})}, as(DType::BFloat16)},
                        {"integer", {vector({-1.7, 1.7, 0.2})}, as(DType::Int64)},
                        {"small_integer", {vector({300, -1, 70000})}, as(DType::UInt8)},
                        {"not_a_number", {vector({NAN, INFINITY, -INFINITY})}, as(DType::Int32)},
                        {"boolean", {vector({0, NAN, 0.1})}, as(DType::Bool)},
                        {"scalar", {scalar(2.5)}, as(DType::Float32)},
                        {"permuted", {transposed(values({2, 3}))}, as(DType::Float32)},
                        {"cube", {values({2, 1, 3})}, as(DType::Float32)},
                        {"rank_4", {values({2, 1, 3, 2})}, as(DType::Float32)},
                        {"empty", {values({0, 3})}, as(DType::Float32)},
                        {"from_integers", {integers({3}, -300, 300)}, as(DType::Int8)},
                        {"from_booleans", {booleans({3})}, as(DType::Float32)}},
        },
        Op{
            .name = "numpy",
            .category = Category::Autograd,
            .summary = "The same numbers as a NumPy array, outside the graph.",
            .parameters = {withoutGradient},
            .formula = "y = x",
            .gradient = "none: it refuses a tensor that requires grad",
            .pictures = {},
            .torch = "Tensor.numpy",
            .overloads = {"(*, bool force=False)"},
            .refusal = refusals::method,
            .givesArray = true,
            .gradFn = {""},
            .saves = {},
            .infer = inferNumpy,
            .forward = sameTensor,
            .vjp = nullptr,
            .samples = {{"integers", {integers({2, 3}, -4, 5)}},
                        {"permuted", {transposed(integers({2, 3}, -4, 5))}},
                        {"scalar", {integers({}, 0, 9)}},
                        {"vector", {integers({3}, 0, 9)}},
                        {"cube", {integers({2, 1, 3}, 0, 9)}},
                        {"rank_4", {integers({2, 1, 3, 2}, 0, 9)}},
                        {"empty", {integers({0, 3}, 0, 9)}},
                        {"special", {vector({NAN, INFINITY, -INFINITY, -0.0})}},
                        {"booleans", {booleans({3})}}},
            .errors = {{"requires_grad", {values({2})}},
                       {"bfloat16", {Tensor::full({2}, std::int64_t(1), DType::BFloat16)}}},
        },
        Op{
            .name = "autograd.grad",
            .category = Category::Autograd,
            .summary = "The gradient of one tensor with respect to another, as a value that can be differentiated again.",
            .parameters = {{.name = "outputs", .kind = Kind::Tensor, .help = "what is differentiated; one element, or "
                                                                           "grad_outputs is given"},
                           {.name = "inputs", .kind = Kind::Tensor, .help = "what it is differentiated with respect to"},
                           {.name = "grad_outputs", .kind = Kind::Tensor,
                            .help = "upstream gradient, of the shape of outputs; None is 1", .fallback = None(),
                            .acceptsNone = true}},
            .formula = "g = d(sum(outputs * grad_outputs)) / d(inputs)",
            .gradient = "through all that g was computed from: second derivatives",
            .pictures = {},
            .torch = "torch.autograd.grad",
            .refusal = refusals::autogradGrad,
            .spelled = spelledGrad,
            .walksBack = true,
            .gradFn = {""},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{{call.x(1).dtype, call.x(1).shape}};
            },
            .forward = [](const Call<Tensor>&) -> Result<Tensors> {
                return runtimeError("element 0 of tensors does not require grad and does not have a grad_fn");
            },
            .vjp = nullptr,
            .samples = {},
            .errors = {{"unused", {scalar(2), scalar(3), Tensor::none()}},
                       {"not_scalar", {values({2}), values({2}), Tensor::none()}},
                       {"nothing", {values({0}), values({2}), Tensor::none()}},
                       {"one_element", {values({1, 1}), values({2}), Tensor::none()}},
                       {"shape", {values({2}), values({2}), values({3})}},
                       {"shape_of_scalar", {scalar(2), values({2}), values({1})}},
                       {"not_floating", {scalar(2), integers({2}, 0, 5), Tensor::none()}},
                       {"integer", {integers({}, 0, 5), scalar(2), Tensor::none()}},
                       {"number", {Tensor::number(2.0), values({2}), Tensor::none()}},
                       {"number_as_input", {scalar(2), Tensor::number(std::int64_t(2)), Tensor::none()}},
                       {"number_upstream", {scalar(2), scalar(3), Tensor::number(true)}}},
        },
        Op{
            .name = "copy",
            .category = Category::Internal,
            .summary = "What backward(create_graph=True) stores as .grad.",
            .parameters = {input},
            .formula = "y = x",
            .gradient = "dx = dy",
            .pictures = {{Picture::Unchanged}},
            .torch = "torch.clone",
            .gradFn = {"CopyBackwards"},
            .saves = {},
            .gradFns = traces::copy,
            .infer = likeInput,
            .forward = sameTensor,
            .vjp = sameGradient,
            .samples = {{"vector", {values({3})}}, {"scalar", {scalar(2.5)}}},
        },
    };
}

}  // namespace chainrule
