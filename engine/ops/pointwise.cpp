// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/tensor/kernels/elementwise.h"

#include <cmath>

namespace chainrule {
namespace {

const Parameter input{.name = "input", .kind = Parameter::Kind::Tensor, .help = "any shape"};

/// Every rank, nothing, a layout that must be kept, and what is no float; then what is special to the op.
std::vector<Sample> samples(std::initializer_list<Sample> more, Tensor (*values)(const Shape&, unsigned))
{
    using namespace sample;
    std::vector<Sample> all = {{"matrix", {values({2, 3}, 0)}},
                               {"scalar", {values({}, 1)}},
                               {"vector", {values({7}, 2)}},
                               {"cube", {values({2, 3, 2}, 5)}},
                               {"four_dims", {values({2, 1, 3, 2}, 3)}},
                               {"empty", {values({2, 0}, 0)}},
                               {"permuted", {transposed(values({2, 3}, 4))}},
                               {"integers", {integers({4}, 1, 5)}}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<Sample> numberInstead()
{
    return {{"number", {Tensor::number(3.0)}}};
}

std::vector<Sample> booleansToo()
{
    return {{"booleans", {sample::booleans({3})}}, {"number", {Tensor::number(3.0)}}};
}

template <Tensor (*function)(const Tensor&, DType)>
Result<Tensors> floating(const Call<Tensor>& call)
{
    return Tensors{function(call.x(), floatingFor(call.x().dtype()))};
}

}  // namespace

std::vector<Op> pointwiseOps()
{
    using namespace sample;
    return {
        Op{
            .name = "exp",
            .category = Category::Pointwise,
            .summary = "The exponential function of every element.",
            .parameters = {input},
            .formula = "y = exp(x)",
            .gradient = "dx = dy * y",
            .pictures = {{Picture::Elementwise, "y"}},
            .torch = "torch.exp",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"ExpBackward0"},
            .saves = {{"result"}},
            .infer = floatLikeInput,
            .forward = floating<kernel::exp>,
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() * call.y()}; },
            .samples = samples({{"special", {vector({0, -INFINITY, INFINITY, NAN, -800})}},
                                {"booleans", {booleans({3})}}}, values),
            .errors = numberInstead(),
        },
        Op{
            .name = "log",
            .category = Category::Pointwise,
            .summary = "The natural logarithm of every element; NaN below 0.",
            .parameters = {input},
            .formula = "y = log(x)",
            .gradient = "dx = dy / x",
            .pictures = {{Picture::Elementwise, "1 / x"}},
            .torch = "torch.log",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"LogBackward0"},
            .saves = {{"self"}},
            .infer = floatLikeInput,
            .forward = floating<kernel::log>,
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() / call.x()}; },
            .samples = samples({{"special", {vector({0, -0.0, 1, -1, INFINITY, -INFINITY, NAN})}},
                                {"booleans", {booleans({3})}}}, positive),
            .errors = numberInstead(),
        },
        Op{
            .name = "sqrt",
            .category = Category::Pointwise,
            .summary = "The square root of every element; NaN below 0.",
            .parameters = {input},
            .formula = "y = sqrt(x)",
            .gradient = "dx = dy / (2 * y)",
            .pictures = {{Picture::Elementwise, "1 / (2 * y)"}},
            .torch = "torch.sqrt",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"SqrtBackward0"},
            .saves = {{"result"}},
            .infer = floatLikeInput,
            .forward = floating<kernel::sqrt>,
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() / scaled(call.y(), 2)}; },
            .samples = samples({{"special", {vector({0, -0.0, 1, -1, INFINITY, -INFINITY, NAN})}},
                                {"booleans", {booleans({3})}}}, positive),
            .errors = numberInstead(),
        },
        Op{
            .name = "abs",
            .category = Category::Pointwise,
            .summary = "The distance of every element from 0.",
            .parameters = {input},
            .formula = "y = |x|",
            .gradient = "dx = dy * sign(x), so 0 at 0",
            .pictures = {{Picture::Elementwise, "sign(x)"}},
            .torch = "torch.abs",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"AbsBackward0"},
            .saves = {{"self"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return notImplementedFor("abs_cpu", DType::Bool);
                return likeInput(call);
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::abs(call.x())}; },
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() * sgn(call.x())}; },
            .samples = samples({{"kink", {vector({-1, -0.0, 0, 1, NAN, -INFINITY})}},
                                {"negative_integers", {integers({4}, -5, 5)}}}, values),
            .errors = booleansToo(),
        },
        Op{
            .name = "sign",
            .category = Category::Pointwise,
            .summary = "-1, 0 or 1 for every element, by its sign.",
            .parameters = {input},
            .formula = "y = 1 where x > 0, -1 where x < 0, else 0",
            .gradient = "dx = 0",
            .pictures = {{Picture::Nothing}},
            .torch = "torch.sign",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"SignBackward0"},
            .saves = {},
            .infer = likeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::sign(call.x())}; },
            .vjp = [](const VjpCall& call) -> Gradients { return {zerosLike(call.dy())}; },
            .samples = samples({{"kink", {vector({-1, -0.0, 0, 1, NAN, -INFINITY})}},
                                {"negative_integers", {integers({4}, -5, 5)}},
                                {"booleans", {booleans({3})}}}, values),
            .errors = numberInstead(),
        },
        Op{
            .name = "sin",
            .category = Category::Pointwise,
            .summary = "The sine of every element, in radians.",
            .parameters = {input},
            .formula = "y = sin(x)",
            .gradient = "dx = dy * cos(x)",
            .pictures = {{Picture::Elementwise, "cos(x)"}},
            .torch = "torch.sin",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"SinBackward0"},
            .saves = {{"self"}},
            .infer = floatLikeInput,
            .forward = floating<kernel::sin>,
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() * cos(call.x())}; },
            .samples = samples({{"special", {vector({0, -0.0, 1000, INFINITY, NAN})}},
                                {"booleans", {booleans({3})}}}, values),
            .errors = numberInstead(),
        },
        Op{
            .name = "cos",
            .category = Category::Pointwise,
            .summary = "The cosine of every element, in radians.",
            .parameters = {input},
            .formula = "y = cos(x)",
            .gradient = "dx = -dy * sin(x)",
            .pictures = {{Picture::Elementwise, "-sin(x)"}},
            .torch = "torch.cos",
            .overloads = {"(Tensor input, *, Tensor out=None)"},
            .gradFn = {"CosBackward0"},
            .saves = {{"self"}},
            .infer = floatLikeInput,
            .forward = floating<kernel::cos>,
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy() * -sin(call.x())}; },
            .samples = samples({{"special", {vector({0, -0.0, 1000, INFINITY, NAN})}},
                                {"booleans", {booleans({3})}}}, values),
            .errors = numberInstead(),
        },
    };
}

}  // namespace chainrule
