// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/backward_ops.h"
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/softmax.h"

#include <cmath>

namespace chainrule {
namespace {

using Weight = GradientPicture::Weight;

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};
const Parameter dim{.name = "dim", .kind = Kind::Int, .help = "the dimension along which the results sum to 1"};
const Parameter dtype{.name = "dtype",
                      .kind = Kind::DType,
                      .help = "the input is brought to this dtype first",
                      .fallback = None(),
                      .acceptsNone = true};

/// What `dtype` asks for, or the input's own.
template <typename T>
DType computedDType(const Call<T>& call, DType own)
{
    return call.isNone("dtype") ? own : call.template attribute<DType>("dtype");
}

/// The names of PyTorch's two kernels: along the last dim, and along another.
Result<Types> inferNormalized(const Call<TensorType>& call, std::string_view lastDim, std::string_view otherDim)
{
    const Shape& shape = call.x().shape;
    const auto along = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size());
    if (!along)
        return along.error();
    const DType computed = computedDType(call, call.x().dtype);
    if (!isFloating(computed) && elementCount(shape) > 0)  // Of nothing, any dtype has a softmax.
        return notImplementedFor(*along + 1 >= shape.size() ? lastDim : otherDim, computed);
    return Types{{computed, shape}};
}

template <Tensor (*function)(const Tensor&, std::size_t, DType)>
Result<Tensors> normalized(const Call<Tensor>& call)
{
    const DType computed = computedDType(call, call.x().dtype());
    if (!isFloating(computed))
        return Tensors{Tensor::uninitialized(call.x().shape(), computed)};
    return Tensors{function(call.x(), *wrappedDim(call.attribute<std::int64_t>("dim"), call.x().rank()), computed)};
}

std::vector<Sample> pointwiseSamples(std::initializer_list<Sample> more)
{
    using namespace sample;
    std::vector<Sample> all = {{"matrix", {values({2, 3})}},
                               {"scalar", {scalar(0.5)}},
                               {"vector", {values({7}, 1)}},
                               {"cube", {values({2, 3, 2}, 4)}},
                               {"four_dims", {values({2, 1, 3, 2}, 2)}},
                               {"empty", {values({2, 0})}},
                               {"permuted", {transposed(values({2, 3}, 3))}},
                               {"integers", {integers({4}, -3, 4)}},
                               {"special", {vector({-1000, -0.0, 0, 1000, INFINITY, -INFINITY, NAN})}}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

Attributes along(std::int64_t index)
{
    return {{"dim", index}};
}

std::vector<Sample> normalizedSamples()
{
    using namespace sample;
    return {{"rows", {values({2, 3})}, along(1)},
            {"columns", {values({3, 4}, 1)}, along(0)},
            {"last", {values({2, 3}, 2)}, along(-1)},
            {"vector", {values({5}, 3)}, along(0)},
            {"scalar", {scalar(3)}, along(0)},
            {"middle", {values({2, 3, 2}, 4)}, along(1)},
            {"four_dims", {values({2, 2, 3, 2}, 5)}, along(-3)},
            {"permuted", {transposed(values({3, 4}, 6))}, along(0)},
            {"permuted_rows", {transposed(values({3, 4}, 7))}, along(1)},
            {"large", {vector({1000, 1001, 999})}, along(0)},
            {"equal", {vector({2, 2, 2, 2})}, along(0)},
            {"one", {values({3, 1})}, along(1)},
            {"infinite", {vector({-INFINITY, 0, 1})}, along(0)},
            {"nothing_but_infinite", {vector({-INFINITY, -INFINITY})}, along(0)},
            {"positive_infinite", {vector({INFINITY, 1})}, along(0)},
            {"nan", {vector({NAN, 1})}, along(0)},
            {"empty", {values({2, 0})}, along(1)},
            {"empty_rows", {values({0, 3})}, along(-1)},
            {"empty_integers", {integers({0, 3}, 0, 1)}, along(0)},
            {"dtype", {values({2, 3}, 8)}, {{"dim", std::int64_t(1)}, {"dtype", DType::Float64}}},
            {"integers_with_dtype", {integers({3}, -2, 3)}, {{"dim", std::int64_t(0)}, {"dtype", DType::Float64}}}};
}

std::vector<Sample> normalizedErrors()
{
    using namespace sample;
    return {{"dim", {values({2, 3})}, along(2)},
            {"negative_dim", {values({2, 3})}, along(-3)},
            {"scalar_dim", {scalar(1)}, along(1)},
            {"integers_last_dim", {integers({2, 3}, 0, 5)}, along(1)},
            {"integers_other_dim", {integers({2, 3}, 0, 5)}, along(0)},
            {"integer_scalar", {Tensor::scalar(std::int64_t(3), DType::Int64)}, along(0)},
            {"booleans", {booleans({2, 3})}, along(-1)},
            {"integer_dtype", {values({2, 3})}, {{"dim", std::int64_t(0)}, {"dtype", DType::Int32}}},
            {"number", {Tensor::number(1.0)}, along(0)}};
}

}  // namespace

std::vector<Op> activationOps()
{
    using namespace sample;
    return {
        Op{
            .name = "relu",
            .category = Category::Activation,
            .summary = "Keeps what is positive and makes the rest 0.",
            .parameters = {input},
            .formula = "y = max(x, 0)",
            .gradient = "dx = dy where y > 0, else 0",
            .pictures = {{Picture::Mask, "1 where y > 0"}},
            .torch = "torch.nn.functional.relu",
            .refusal = refusals::relu,
            .gradFn = {"ReluBackward0"},
            .saves = {{"result"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return runtimeError("Boolean inputs not supported for relu");
                return likeInput(call);
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::relu(call.x())}; },
            .vjp = [](const VjpCall& call) -> Gradients { return {reluBackward(call.dy(), call.y())}; },
            .samples = pointwiseSamples({}),
            .errors = {{"booleans", {booleans({3})}}, {"number", {Tensor::number(1.0)}}},
        },
        Op{
            .name = "sigmoid",
            .category = Category::Activation,
            .summary = "Squashes every element smoothly into (0, 1).",
            .parameters = {input},
            .formula = "y = 1 / (1 + exp(-x))",
            .gradient = "dx = dy * y * (1 - y)",
            .pictures = {{Picture::Elementwise, "y * (1 - y)"}},
            .torch = "torch.sigmoid",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"SigmoidBackward0"},
            .saves = {{"result"}},
            .infer = floatLikeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::sigmoid(call.x(), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {sigmoidBackward(call.dy(), call.y())}; },
            .samples = pointwiseSamples({{"booleans", {booleans({3})}}}),
            .errors = {{"number", {Tensor::number(1.0)}}},
        },
        Op{
            .name = "tanh",
            .category = Category::Activation,
            .summary = "Squashes every element smoothly into (-1, 1).",
            .parameters = {input},
            .formula = "y = tanh(x)",
            .gradient = "dx = dy * (1 - y^2)",
            .pictures = {{Picture::Elementwise, "1 - y^2"}},
            .torch = "torch.tanh",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"TanhBackward0"},
            .saves = {{"result"}},
            .infer = floatLikeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::tanh(call.x(), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {tanhBackward(call.dy(), call.y())}; },
            .samples = pointwiseSamples({{"booleans", {booleans({3})}}}),
            .errors = {{"number", {Tensor::number(1.0)}}},
        },
        Op{
            .name = "softmax",
            .category = Category::Activation,
            .summary = "Turns the elements along one dimension into probabilities that sum to 1.",
            .parameters = {input, dim, dtype},
            .formula = "y = exp(x) / sum of exp(x) along dim",
            .gradient = "dx = y * (dy - sum of dy * y along dim)",
            .pictures = {{.kind = Picture::DiagonalMinusOuter,
                          .local = "diag(y) - y @ y^T",
                          .weights = {Weight::Output, Weight::Output, Weight::Output}}},
            .torch = "torch.softmax",
            .overloads = {"(Tensor input, int dim, dtype dtype=None, *, Tensor out=None)"},
            .gradFn = {"SoftmaxBackward0"},
            .saves = {{"result"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return inferNormalized(call, "softmax_lastdim_kernel_impl", "softmax_kernel_impl");
            },
            .forward = normalized<kernel::softmax>,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {softmaxBackward(call.dy(), call.y(), call.attribute<std::int64_t>("dim"))};
            },
            .samples = normalizedSamples(),
            .errors = normalizedErrors(),
        },
        Op{
            .name = "log_softmax",
            .category = Category::Activation,
            .summary = "The logarithm of softmax, exact also where a probability is tiny.",
            .parameters = {input, dim, dtype},
            .formula = "y = x - log(sum of exp(x) along dim)",
            .gradient = "dx = dy - exp(y) * (sum of dy along dim)",
            .pictures = {{.kind = Picture::DiagonalMinusOuter,
                          .local = "1 - exp(y) @ 1^T",
                          .weights = {Weight::One, Weight::ExpOfOutput, Weight::One}}},
            .torch = "torch.log_softmax",
            .overloads = {"(Tensor input, int dim, dtype dtype=None, *, Tensor out=None)"},
            .gradFn = {"LogSoftmaxBackward0"},
            .saves = {{"result"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return inferNormalized(call, "log_softmax_lastdim_kernel_impl", "log_softmax_kernel_impl");
            },
            .forward = normalized<kernel::logSoftmax>,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {logSoftmaxBackward(call.dy(), call.y(), call.attribute<std::int64_t>("dim"))};
            },
            .samples = normalizedSamples(),
            .errors = normalizedErrors(),
        },
    };
}

}  // namespace chainrule
