// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/backward_ops.h"

#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter gradOutput{.name = "grad_output", .kind = Kind::Tensor, .help = "the upstream gradient"};
const Parameter output{.name = "output", .kind = Kind::Tensor, .help = "what the operation gave"};
const Parameter dim{.name = "dim", .kind = Kind::Int, .help = "the dimension along which the results sum to 1"};
const Parameter inputDType{.name = "input_dtype", .kind = Kind::DType, .help = "the dtype of the gradient"};

bool isRecording(const Value& a, const Value& b)
{
    return a.requiresGrad() || b.requiresGrad();
}

// The formulas. One rounding where they are done in a wider dtype: the caller brings the answer back.

Value reluFormula(const Value& dy, const Value& y)
{
    return where(y <= 0.0, 0.0, dy);
}

Value sigmoidFormula(const Value& dy, const Value& y)
{
    const Value wide = widened(y);
    return dy * (1.0 - wide) * wide;
}

Value tanhFormula(const Value& dy, const Value& y)
{
    return dy * (1.0 - square(widened(y)));
}

Value logSigmoidFormula(const Value& dy, const Value& x)
{
    return dy * sigmoid(-widened(x));
}

Value sumAlong(const Value& x, std::int64_t along)
{
    return sum(x, {along}, true);
}

Value softmaxFormula(const Value& dy, const Value& y, std::int64_t along)
{
    const Value wide = widened(y);
    return wide * (dy - sumAlong(dy * wide, along));
}

Value logSoftmaxFormula(const Value& dy, const Value& y, std::int64_t along)
{
    const Value wide = widened(dy);
    return wide - exp(widened(y)) * sumAlong(wide, along);
}

Value mseFormula(const Value& dy, const Value& x, const Value& target, bool isMean)
{
    const DType dtype = promote(x.tensor().dtype(), target.tensor().dtype());
    const Value difference = to(x, dtype) - to(target, dtype);
    const double factor = isMean ? 2.0 / double(difference.tensor().size()) : 2.0;
    return dy * (difference * (isFloating(dtype) ? factor : std::trunc(factor)));
}

// As operations.

/// The shape and dtype of grad_output; `kernel` refuses what is not floating.
Result<Types> inferLikeGradient(const Call<TensorType>& call, std::string_view kernel)
{
    if (!isFloating(call.x().dtype))
        return notImplementedFor(kernel, call.x().dtype);
    return promotedBroadcast(call);
}

template <Value (*formula)(const Value&, const Value&)>
Result<Tensors> forward(const Call<Tensor>& call)
{
    return Tensors{to(formula(call.x(0), call.x(1)), call.x().dtype()).tensor()};
}

template <Value (*formula)(const Value&, const Value&, std::int64_t)>
Result<Tensors> forwardAlong(const Call<Tensor>& call)
{
    return Tensors{to(formula(call.x(0), call.x(1), call.attribute<std::int64_t>("dim")), call.x().dtype()).tensor()};
}

/// Likewise, of softmax and its like, which have one kernel along the last dim and another, and none for nothing.
Result<Types> inferLikeGradientAlong(const Call<TensorType>& call, std::string_view lastDim, std::string_view otherDim)
{
    const Shape& shape = call.x().shape;
    if (elementCount(shape) == 0)
        return promotedBroadcast(call);
    const auto last = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size());
    return inferLikeGradient(call, last && *last + 1 >= shape.size() ? lastDim : otherDim);
}

/// In PyTorch's numbers: 0 none, 1 mean, 2 sum.
std::int64_t reductionNumber(std::string_view reduction)
{
    return reduction == "none" ? 0 : reduction == "mean" ? 1 : 2;
}

bool isMean(const Attributes& attributes)
{
    return std::get<std::int64_t>(attributes.find("reduction")->second) == 1;
}

/// That of the input, which may be narrower than what is computed with.
DType gradientDType(DType input, DType computed)
{
    return isFloating(input) ? input : computed;
}

Result<Types> inferMseBackward(const Call<TensorType>& call)
{
    const TensorType operands[] = {call.x(1), call.x(2)};
    if (promotedDType(call.inputs) == DType::Bool)
        return notImplementedFor("mse_backward_cpu_out", DType::Bool);
    const auto shape = broadcastShape(operands);
    if (!shape)
        return shape.error();
    return Types{{gradientDType(call.x(1).dtype, promotedDType(call.inputs)), *shape}};
}

Gradients mseBackwardVjp(const VjpCall& call)
{
    const auto slope = [&] {
        const Value twice = scaled(call.dy() * call.x(0), 2);
        return isMean(call.attributes) ? dividedBy(twice, double(call.y().tensor().size())) : twice;
    };
    constexpr std::string_view names[] = {"none", "mean", "sum"};
    const std::string_view reduction = names[call.attribute<std::int64_t>("reduction")];
    const Value first = mseLossBackward(call.dy(), call.x(1), call.x(2), reduction);
    const Value dx = slope();
    const Value again = dx.requiresGrad() ? slope() : dx;  // PyTorch computes it for each of the two.
    return {first, dx, -again};
}

Attributes along(std::int64_t index)
{
    return {{"dim", index}, {"input_dtype", DType::Float64}};
}

Attributes reduced(const char* how)
{
    return {{"reduction", reductionNumber(how)}};
}

std::vector<Sample> pairSamples()
{
    using namespace sample;
    return {{"matrix", {values({2, 3}), values({2, 3}, 1)}},
            {"scalar", {scalar(0.5), scalar(0.25)}},
            {"rank_4", {values({2, 1, 3, 2}), values({2, 1, 3, 2}, 1)}},
            {"permuted", {transposed(values({2, 3})), transposed(values({2, 3}, 1))}},
            {"empty", {values({2, 0}), values({2, 0})}},
            {"special", {vector({1, 2, 3, 4}), vector({0, -0.0, NAN, 1})}}};
}

std::vector<Sample> alongSamples()
{
    using namespace sample;
    return {{"rows", {values({2, 3}), positive({2, 3}, 1)}, along(1)},
            {"columns", {values({3, 4}, 1), positive({3, 4}, 2)}, along(0)},
            {"middle", {values({2, 3, 2}, 2), positive({2, 3, 2}, 3)}, along(-2)},
            {"rank_4", {values({2, 1, 3, 2}), positive({2, 1, 3, 2}, 1)}, along(2)},
            {"scalar", {scalar(2), scalar(1)}, along(0)},
            {"empty", {values({2, 0}), values({2, 0})}, along(1)}};
}

}  // namespace

Value reluBackward(const Value& dy, const Value& y)
{
    static const Op& op = operation("threshold_backward");
    return isRecording(dy, y) ? applied(op, {dy, y}, {{"threshold", std::int64_t(0)}}) : reluFormula(dy, y);
}

Value sigmoidBackward(const Value& dy, const Value& y)
{
    static const Op& op = operation("sigmoid_backward");
    return isRecording(dy, y) ? applied(op, {dy, y}) : sigmoidFormula(dy, y);
}

Value tanhBackward(const Value& dy, const Value& y)
{
    static const Op& op = operation("tanh_backward");
    return isRecording(dy, y) ? applied(op, {dy, y}) : tanhFormula(dy, y);
}

Value logSigmoidBackward(const Value& dy, const Value& x)
{
    static const Op& op = operation("log_sigmoid_backward");
    return isRecording(dy, x) ? applied(op, {dy, x}) : logSigmoidFormula(dy, x);
}

Value softmaxBackward(const Value& dy, const Value& y, std::int64_t along)
{
    static const Op& op = operation("_softmax_backward_data");
    if (!isRecording(dy, y))
        return softmaxFormula(dy, y, along);
    return applied(op, {dy, y}, {{"dim", along}, {"input_dtype", y.tensor().dtype()}});
}

Value logSoftmaxBackward(const Value& dy, const Value& y, std::int64_t along)
{
    static const Op& op = operation("_log_softmax_backward_data");
    if (!isRecording(dy, y))
        return logSoftmaxFormula(dy, y, along);
    return applied(op, {dy, y}, {{"dim", along}, {"input_dtype", y.tensor().dtype()}});
}

Value mseLossBackward(const Value& dy, const Value& x, const Value& target, std::string_view reduction)
{
    static const Op& op = operation("mse_loss_backward");
    if (!isRecording(dy, x) && !target.requiresGrad())
        return mseFormula(dy, x, target, reduction == "mean");
    return applied(op, {dy, x, target}, {{"reduction", reductionNumber(reduction)}});
}

std::vector<Op> backwardOps()
{
    using namespace sample;
    return {
        Op{
            .name = "threshold_backward",
            .category = Category::Internal,
            .summary = "The gradient of relu.",
            .parameters = {gradOutput, output,
                           {.name = "threshold", .kind = Kind::Number, .help = "always 0", .fallback = std::int64_t(0)}},
            .formula = "g = dy where y > 0, else 0",
            .gradient = "d(dy) = dg where y > 0, else 0; dy = 0",
            .pictures = {{Picture::Mask, "1 where y > 0"}, {Picture::Nothing}},
            .torch = "torch.ops.aten.threshold_backward",
            .gradFn = {"ThresholdBackwardBackward0"},
            .saves = {{"self"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return notImplementedFor("threshold_cpu", DType::Bool);
                return promotedBroadcast(call);
            },
            .forward = forward<reluFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {reluBackward(call.dy(), call.x(1)), zerosLike(call.x(1))};
            },
            .samples = [] {
                auto samples = pairSamples();
                for (Sample& sample : samples)
                    sample.attributes = {{"threshold", std::int64_t(0)}};
                return samples;
            }(),
        },
        Op{
            .name = "sigmoid_backward",
            .category = Category::Internal,
            .summary = "The gradient of sigmoid.",
            .parameters = {gradOutput, output},
            .formula = "g = dy * (1 - y) * y",
            .gradient = "d(dy) = dg * (1 - y) * y; dy = dg * dy * (1 - 2 * y)",
            .pictures = {{Picture::Elementwise, "(1 - y) * y"}, {Picture::Elementwise, "dy * (1 - 2 * y)"}},
            .torch = "torch.ops.aten.sigmoid_backward",
            .gradFn = {"SigmoidBackwardBackward0"},
            .saves = {{"grad_output"}, {"output"}},
            .infer = [](const Call<TensorType>& call) { return inferLikeGradient(call, "sigmoid_backward_cpu"); },
            .forward = forward<sigmoidFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                const Value y = widened(call.x(1));
                const Value slope = sigmoidBackward(call.dy(), call.x(1));
                const Value curve = plus(scaled(y, -2), 1);
                return {slope, call.dy() * call.x(0) * curve};
            },
            .samples = pairSamples(),
        },
        Op{
            .name = "tanh_backward",
            .category = Category::Internal,
            .summary = "The gradient of tanh.",
            .parameters = {gradOutput, output},
            .formula = "g = dy * (1 - y^2)",
            .gradient = "d(dy) = dg * (1 - y^2); dy = -2 * dg * dy * y",
            .pictures = {{Picture::Elementwise, "1 - y^2"}, {Picture::Elementwise, "-2 * dy * y"}},
            .torch = "torch.ops.aten.tanh_backward",
            .gradFn = {"TanhBackwardBackward0"},
            .saves = {{"grad_output"}, {"output"}},
            .infer = [](const Call<TensorType>& call) { return inferLikeGradient(call, "tanh_backward_cpu"); },
            .forward = forward<tanhFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {tanhBackward(call.dy(), call.x(1)), call.dy() * (scaled(widened(call.x(1)), -2) * call.x(0))};
            },
            .samples = pairSamples(),
        },
        Op{
            .name = "log_sigmoid_backward",
            .category = Category::Internal,
            .summary = "The gradient of log_sigmoid.",
            .parameters = {gradOutput, {.name = "self", .kind = Kind::Tensor, .help = "the input"}},
            .formula = "g = dy / (1 + exp(x))",
            .gradient = "d(dy) = dg / (1 + exp(x)); dx = dg * dy * (z - 1) * z with z = sigmoid(x)",
            .pictures = {{Picture::Elementwise, "1 / (1 + exp(x))"}, {Picture::Elementwise, "dy * (z - 1) * z"}},
            .torch = "torch.ops.aten.log_sigmoid_backward",
            .gradFn = {"LogSigmoidBackwardBackward0"},
            .saves = {{"grad_output"}, {"self"}},
            .gradFns = traces::logSigmoidBackward,
            .infer = [](const Call<TensorType>& call) { return inferLikeGradient(call, "log_sigmoid_cpu"); },
            .forward = forward<logSigmoidFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                const Value first = logSigmoidBackward(call.dy(), call.x(1));
                const Value slope = call.dy() * call.x(0);
                const Value z = sigmoid(widened(call.x(1)));
                return {first, slope * minus(z, 1) * z};
            },
            .samples = pairSamples(),
        },
        Op{
            .name = "_softmax_backward_data",
            .category = Category::Internal,
            .summary = "The gradient of softmax.",
            .parameters = {gradOutput, output, dim, inputDType},
            .formula = "g = y * (dy - sum of dy * y along dim)",
            .gradient = "d(dy) as g of dg; dy = dg * dy - dg * sum of dy * y - dy * sum of dg * y",
            .pictures = {{Picture::General}, {Picture::General}},
            .torch = "torch.ops.aten._softmax_backward_data",
            .gradFn = {"SoftmaxBackwardDataBackward0"},
            .saves = {{"grad_output"}, {"output"}},
            .infer = [](const Call<TensorType>& call) {
                return inferLikeGradientAlong(call, "softmax_backward_lastdim_kernel_impl",
                                              "softmax_backward_kernel_impl");
            },
            .forward = forwardAlong<softmaxFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                const auto along = call.attribute<std::int64_t>("dim");
                const Value dg = widened(call.dy()), dy = widened(call.x(0)), y = call.x(1);
                const Value first = softmaxBackward(call.dy(), y, along);
                const Value second = dy * sumAlong(y * dg, along);
                const Value third = sumAlong(y * dy, along) * dg;
                return {first, dy * dg - third - second};
            },
            .samples = alongSamples(),
        },
        Op{
            .name = "_log_softmax_backward_data",
            .category = Category::Internal,
            .summary = "The gradient of log_softmax.",
            .parameters = {gradOutput, output, dim, inputDType},
            .formula = "g = dy - exp(y) * sum of dy along dim",
            .gradient = "d(dy) = dg - sum of dg * exp(y) along dim; dy = -dg * exp(y) * sum of dy along dim",
            .pictures = {{Picture::General}, {Picture::General}},
            .torch = "torch.ops.aten._log_softmax_backward_data",
            .gradFn = {"LogSoftmaxBackwardDataBackward0"},
            .saves = {{"grad_output"}, {"output"}},
            .infer = [](const Call<TensorType>& call) {
                return inferLikeGradientAlong(call, "log_softmax_backward_lastdim_kernel_impl",
                                              "log_softmax_backward_kernel_impl");
            },
            .forward = forwardAlong<logSoftmaxFormula>,
            .vjp = [](const VjpCall& call) -> Gradients {
                const auto along = call.attribute<std::int64_t>("dim");
                const Value dg = widened(call.dy()), y = widened(call.x(1)), probability = exp(y);
                const Value first = dg - sumAlong(dg * probability, along);
                const Value again = probability.requiresGrad() ? exp(y) : probability;  // PyTorch has two of them.
                return {first, -sumAlong(call.x(0), along) * again * dg};
            },
            .samples = alongSamples(),
        },
        Op{
            .name = "mse_loss_backward",
            .category = Category::Internal,
            .summary = "The gradient of mse_loss.",
            .parameters = {gradOutput,
                           {.name = "self", .kind = Kind::Tensor, .help = "the input"},
                           {.name = "target", .kind = Kind::Tensor, .help = "what it should be"},
                           {.name = "reduction", .kind = Kind::Int, .help = "0 none, 1 mean, 2 sum"}},
            .formula = "g = dy * 2 * (x - target), over their number for a mean",
            .gradient = "d(dy) = dg * 2 * (x - target); dx = 2 * dg * dy, dtarget = -dx; over the number for a mean",
            .pictures = {{Picture::General}, {Picture::General}, {Picture::General}},
            .torch = "torch.ops.aten.mse_loss_backward",
            .gradFn = {"MseLossBackwardBackward0"},
            .saves = {{"grad_output"}, {"self"}, {"target"}},
            .infer = inferMseBackward,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const Value g = mseFormula(call.x(0), call.x(1), call.x(2), isMean(call.attributes));
                Types types;
                for (const Tensor& input : call.inputs)
                    types.push_back(input.type());
                return Tensors{to(g, gradientDType(call.x(1).dtype(), promotedDType(types))).tensor()};
            },
            .vjp = mseBackwardVjp,
            .samples = {{"mean", {scalar(1.5), values({2, 3}), values({2, 3}, 1)}, reduced("mean")},
                        {"sum", {scalar(-0.5), values({4}), values({4}, 1)}, reduced("sum")},
                        {"none", {values({2, 2}, 2), values({2, 2}), values({2, 2}, 1)}, reduced("none")},
                        {"scalar", {scalar(2), scalar(1), scalar(3)}, reduced("mean")},
                        {"empty", {scalar(2), values({0}), values({0})}, reduced("sum")}},
        },
    };
}

}  // namespace chainrule
