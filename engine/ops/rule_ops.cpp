// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/rule_ops.h"

#include "engine/ops/backward_ops.h"
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/gemm.h"
#include "engine/tensor/kernels/moves.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "self", .kind = Kind::Tensor, .help = "any shape"};

Parameter numberParameter(std::string_view help)
{
    return {.name = "other", .kind = Kind::Float, .help = help};
}

std::vector<Sample> numberSamples()
{
    using namespace sample;
    const Attributes by{{"other", 2.5}};
    return {{"matrix", {values({2, 3})}, by},
            {"scalar", {scalar(-1.5)}, by},
            {"rank_4", {values({2, 1, 3, 2})}, by},
            {"permuted", {transposed(values({2, 3}))}, by},
            {"empty", {values({0, 2})}, by},
            {"special", {vector({NAN, INFINITY, -0.0, 0})}, by}};
}

std::vector<Sample> signSamples()
{
    using namespace sample;
    return {{"matrix", {values({2, 3})}},
            {"scalar", {scalar(-1.5)}},
            {"rank_4", {values({2, 1, 3, 2})}},
            {"permuted", {transposed(values({2, 3}))}},
            {"empty", {values({0, 2})}},
            {"special", {vector({NAN, INFINITY, -INFINITY, -0.0, 0, 30})}}};
}

Result<Types> inferNumbered(const Call<TensorType>& call)
{
    return Types{{isFloating(call.x().dtype) ? call.x().dtype : DType::Float32, call.x().shape}};
}

Tensor numberOf(const Call<Tensor>& call)
{
    return Tensor::number(call.attribute<double>("other"));
}

Result<Types> inferBatchProduct(const Call<TensorType>& call)
{
    const Shape& a = call.x(0).shape;
    const Shape& b = call.x(1).shape;
    if (call.x(0).dtype == DType::Bool && elementCount(a) > 0 && elementCount(b) > 0)
        return notImplementedFor("bmm", DType::Bool);
    return Types{{call.x(0).dtype, {a[0], a[1], b[2]}}};
}

}  // namespace

Value scaled(const Value& x, double factor)
{
    static const Op& op = operation("mul.Scalar");
    return x.requiresGrad() ? applied(op, {x}, {{"other", factor}}) : x * factor;
}

Value dividedBy(const Value& x, double divisor)
{
    static const Op& op = operation("div.Scalar");
    return x.requiresGrad() ? applied(op, {x}, {{"other", divisor}}) : x / divisor;
}

Value repeated(const Value& x, const Shape& shape)
{
    static const Op& op = operation("expand");
    return x.requiresGrad() ? applied(op, {x}, {{"size", IntList(shape.begin(), shape.end())}}) : expand(x, shape);
}

Value plus(const Value& x, double number)
{
    static const Op& op = operation("add.Scalar");
    return x.requiresGrad() ? applied(op, {x}, {{"other", number}}) : x + number;
}

Value minus(const Value& x, double number)
{
    static const Op& op = operation("sub.Scalar");
    return x.requiresGrad() ? applied(op, {x}, {{"other", number}}) : x - number;
}

Value sgn(const Value& x)
{
    static const Op& op = operation("sgn");
    return applied(op, {x});
}

Value reciprocal(const Value& x)
{
    static const Op& op = operation("reciprocal");
    return x.requiresGrad() ? applied(op, {x}) : 1.0 / x;
}

Value logSigmoid(const Value& x)
{
    static const Op& op = operation("log_sigmoid");
    return applied(op, {x});
}

Value fittedWhereRecorded(const Value& sent, const Value& input)
{
    return sent.requiresGrad() ? to(sumTo(sent, input.tensor().shape()), input.tensor().dtype()) : sent;
}

Value cut(const Value& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step)
{
    static const Op& op = operation("slice.Tensor");
    return applied(op, {x}, {{"dim", dim}, {"start", start}, {"end", end}, {"step", step}});
}

Value batchProduct(const Value& a, const Value& b)
{
    static const Op& op = operation("bmm");
    return applied(op, {a, b});
}

Value copied(const Value& gradient)
{
    static const Op& op = operation("copy");
    return applied(op, {gradient});
}

Value cloned(const Value& gradient)
{
    static const Op& op = operation("clone");
    return applied(op, {gradient});
}

std::vector<Op> ruleOps()
{
    using namespace sample;
    return {
        Op{
            .name = "mul.Scalar",
            .category = Category::Internal,
            .summary = "Times a number.",
            .parameters = {input, numberParameter("the factor")},
            .formula = "y = x * other",
            .gradient = "dx = dy * other",
            .pictures = {{Picture::Elementwise, "other"}},
            .torch = "torch.ops.aten.mul.Scalar",
            .gradFn = {"MulBackward1"},
            .saves = {},
            .infer = inferNumbered,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::mul(call.x(), numberOf(call), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {scaled(call.dy(), call.attribute<double>("other"))}; },
            .samples = numberSamples(),
        },
        Op{
            .name = "div.Scalar",
            .category = Category::Internal,
            .summary = "Divided by a number.",
            .parameters = {input, numberParameter("the divisor")},
            .formula = "y = x / other",
            .gradient = "dx = dy / other",
            .pictures = {{Picture::Elementwise, "1 / other"}},
            .torch = "torch.ops.aten.div.Scalar",
            .gradFn = {"DivBackward1"},
            .saves = {},
            .infer = inferNumbered,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::div(call.x(), numberOf(call), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                return {dividedBy(call.dy(), call.attribute<double>("other"))};
            },
            .samples = numberSamples(),
        },
        Op{
            .name = "add.Scalar",
            .category = Category::Internal,
            .summary = "Plus a number.",
            .parameters = {input, numberParameter("what is added")},
            .formula = "y = x + other",
            .gradient = "dx = dy",
            .pictures = {{Picture::Unchanged}},
            .torch = "torch.ops.aten.add.Scalar",
            .gradFn = {"AddBackward1"},
            .saves = {},
            .infer = inferNumbered,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::add(call.x(), numberOf(call), std::int64_t(1), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy()}; },
            .samples = numberSamples(),
        },
        Op{
            .name = "sub.Scalar",
            .category = Category::Internal,
            .summary = "Minus a number.",
            .parameters = {input, numberParameter("what is taken away")},
            .formula = "y = x - other",
            .gradient = "dx = dy",
            .pictures = {{Picture::Unchanged}},
            .torch = "torch.ops.aten.sub.Scalar",
            .gradFn = {"SubBackward1"},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return runtimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are "
                                        "trying to invert a mask, use the `~` or `logical_not()` operator instead.");
                return inferNumbered(call);
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::sub(call.x(), numberOf(call), std::int64_t(1), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {call.dy()}; },
            .samples = numberSamples(),
        },
        Op{
            .name = "sgn",
            .category = Category::Internal,
            .summary = "-1, 0 or 1, by the sign.",
            .parameters = {input},
            .formula = "y = 1 where x > 0, -1 where x < 0, else 0",
            .gradient = "dx = 0",
            .pictures = {{Picture::Nothing}},
            .torch = "torch.sgn",
            .gradFn = {"SgnBackward0"},
            .saves = {{"result"}, {"self"}},
            .infer = likeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> { return Tensors{kernel::sign(call.x())}; },
            .vjp = [](const VjpCall& call) -> Gradients { return {zerosLike(call.dy())}; },
            .samples = signSamples(),
        },
        Op{
            .name = "reciprocal",
            .category = Category::Internal,
            .summary = "One divided by every element.",
            .parameters = {input},
            .formula = "y = 1 / x",
            .gradient = "dx = -dy * y * y",
            .pictures = {{Picture::Elementwise, "-y * y"}},
            .torch = "torch.reciprocal",
            .gradFn = {"ReciprocalBackward0"},
            .saves = {{"result"}},
            .infer = floatLikeInput,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::div(Tensor::number(1.0), call.x(), floatingFor(call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const Value square = call.y() * call.y();
                return {-call.dy() * square};
            },
            .samples = signSamples(),
        },
        Op{
            .name = "log_sigmoid",
            .category = Category::Internal,
            .summary = "The logarithm of sigmoid, exact also where that rounds to 0 or 1.",
            .parameters = {input},
            .formula = "y = log(1 / (1 + exp(-x)))",
            .gradient = "dx = dy / (1 + exp(x))",
            .pictures = {{Picture::Elementwise, "1 / (1 + exp(x))"}},
            .torch = "torch.nn.functional.logsigmoid",
            .gradFn = {"LogSigmoidBackward0"},
            .saves = {{"self"}},
            .gradFns = traces::logSigmoid,
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (!isFloating(call.x().dtype))
                    return notImplementedFor("log_sigmoid_cpu", call.x().dtype);
                return likeInput(call);
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::contiguous(kernel::logSigmoid(call.x(), call.x().dtype()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {logSigmoidBackward(call.dy(), call.x())}; },
            .samples = signSamples(),
        },
        Op{
            .name = "bmm",
            .category = Category::Internal,
            .summary = "The products of equally many matrices.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "(b, n, k)"},
                           {.name = "mat2", .kind = Kind::Tensor, .help = "(b, k, m)"}},
            .formula = "y[i] = x[i] @ mat2[i]",
            .gradient = "dx[i] = dy[i] @ mat2[i]^T, dmat2[i] = x[i]^T @ dy[i]",
            .pictures = {{.kind = Picture::Product, .factors = {{{}, {1, true}}}},
                         {.kind = Picture::Product, .factors = {{{0, true}, {}}}}},
            .torch = "torch.bmm",
            .gradFn = {"BmmBackward0"},
            .saves = {{"mat2", 0b01}, {"self", 0b10}},
            .infer = inferBatchProduct,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::matmul(call.x(0), call.x(1))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(2);
                if (call.needs(1))
                    gradients[1] = batchProduct(transpose(call.x(0), 1, 2), call.dy());
                if (call.needs(0))
                    gradients[0] = batchProduct(call.dy(), transpose(call.x(1), 1, 2));
                return gradients;
            },
            .samples = {{"batches", {values({2, 2, 3}), values({2, 3, 4}, 1)}},
                        {"permuted", {transposed(values({2, 2, 3})), transposed(values({2, 3, 4}, 1))}},
                        {"empty", {values({0, 2, 3}), values({0, 3, 4})}}},
        },
    };
}

}  // namespace chainrule
