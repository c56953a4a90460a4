// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
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

std::vector<Sample> anySamples()
{
    using namespace sample;
    return {{"vector", {values({3})}},
            {"matrix", {values({2, 3})}},
            {"scalar", {scalar(2.5)}},
            {"rank_4", {values({2, 1, 3, 2})}},
            {"permuted", {transposed(values({2, 3}))}},
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
            .torch = "Tensor.detach",
            .gradFn = {""},
            .saves = {},
            .infer = likeInput,
            .forward = sameTensor,
            .vjp = nullptr,
            .samples = anySamples(),
        },
        Op{
            .name = "clone",
            .category = Category::Autograd,
            .summary = "A copy through which gradients flow.",
            .parameters = {input},
            .formula = "y = x",
            .gradient = "dx = dy",
            .torch = "torch.clone",
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
            .torch = "Tensor.to",
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
            .torch = "Tensor.numpy",
            .givesArray = true,
            .gradFn = {""},
            .saves = {},
            .infer = inferNumpy,
            .forward = sameTensor,
            .vjp = nullptr,
            .samples = {{"integers", {integers({2, 3}, -4, 5)}},
                        {"permuted", {transposed(integers({2, 3}, -4, 5))}},
                        {"scalar", {integers({}, 0, 9)}},
                        {"empty", {integers({0, 3}, 0, 9)}},
                        {"booleans", {booleans({3})}}},
            .errors = {{"requires_grad", {values({2})}},
                       {"bfloat16", {Tensor::full({2}, std::int64_t(1), DType::BFloat16)}}},
        },
        Op{
            .name = "copy",
            .category = Category::Internal,
            .summary = "What backward(create_graph=True) stores as .grad.",
            .parameters = {input},
            .formula = "y = x",
            .gradient = "dx = dy",
            .torch = "torch.clone",
            .gradFn = {"CopyBackwards"},
            .saves = {},
            .infer = likeInput,
            .forward = sameTensor,
            .vjp = sameGradient,
            .samples = {{"vector", {values({3})}}, {"scalar", {scalar(2.5)}}},
        },
    };
}

}  // namespace chainrule
