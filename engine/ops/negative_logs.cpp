// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of cross_entropy between logarithms and loss, of which recorded rules are made.
#include "engine/ops/negative_logs.h"

#include "engine/ops/grad_fns.h"
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/moves.h"

#include <algorithm>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

constexpr std::string_view reductions[] = {"none", "mean", "sum"};

std::int64_t reductionNumber(const Attributes& attributes)
{
    const auto found = std::ranges::find(reductions, std::get<std::string>(attributes.find("reduction")->second));
    return found - reductions;
}

double weightOf(const Tensor& weight, std::int64_t index)
{
    return weight.isNone() ? 1 : as<double>(weight.at(index));
}

std::vector<double> numbersOf(const Tensor& tensor)
{
    const Tensor numbers = kernel::contiguous(kernel::cast(tensor, DType::Float64));
    return {numbers.data<double>(), numbers.data<double>() + numbers.size()};
}

Tensor tensorOf(const std::vector<double>& numbers, const Shape& shape, DType dtype)
{
    Tensor tensor = Tensor::uninitialized(shape, DType::Float64);
    std::ranges::copy(numbers, tensor.writable<double>());
    return kernel::cast(tensor, dtype);
}

/// For each target that counts: its place, that of its class among the logarithms, and its weight.
template <typename F>
void forEachTarget(const Shape& logs, const Tensor& target, const Tensor& weight, std::int64_t ignored, F&& visit)
{
    const std::int64_t classes = logs.size() == 1 ? logs[0] : logs[1];
    const std::int64_t batch = logs.size() == 1 ? 1 : logs[0];
    const std::int64_t places = batch > 0 ? target.size() / batch : 0;
    const Tensor indices = kernel::contiguous(kernel::cast(target, DType::Int64));
    for (std::int64_t n = 0; n < batch; ++n)
        for (std::int64_t place = 0; place < places; ++place) {
            const std::int64_t index = indices.data<std::int64_t>()[n * places + place];
            if (index != ignored && index >= 0 && index < classes)
                visit(n * places + place, (n * classes + index) * places + place, weightOf(weight, index));
        }
}

Shape withoutClasses(Shape shape)
{
    shape.erase(shape.begin() + (shape.size() == 1 ? 0 : 1));
    return shape;
}

const Parameter logsParameter{.name = "self", .kind = Kind::Tensor, .help = "logarithms of probabilities (N, C, …) or (C)"};
const Parameter targetParameter{
    .name = "target", .kind = Kind::Tensor, .help = "the classes", .differentiable = false};
const Parameter weightParameter{.name = "weight",
                                .kind = Kind::Tensor,
                                .help = "one for each class",
                                .fallback = None(),
                                .acceptsNone = true,
                                .differentiable = false};
const Parameter ignoredParameter{.name = "ignore_index",
                                 .kind = Kind::Int,
                                 .help = "the class that does not count",
                                 .fallback = std::int64_t(-100)};

Result<Tensors> forwardLoss(const Call<Tensor>& call)
{
    const std::vector<double> logs = numbersOf(call.x());
    const Shape shape = withoutClasses(call.x().shape());
    std::vector<double> losses(std::size_t(elementCount(shape)), 0.0);
    double sum = 0, total = 0;
    forEachTarget(call.x().shape(), call.x(1), call.x(2), call.attribute<std::int64_t>("ignore_index"),
                  [&](std::int64_t place, std::int64_t log, double weight) {
                      losses[std::size_t(place)] = -weight * logs[std::size_t(log)];
                      sum += losses[std::size_t(place)];
                      total += weight;
                  });
    const std::int64_t reduction = reductionNumber(call.attributes);
    if (reduction == 0)
        return Tensors{tensorOf(losses, shape, call.x().dtype())};
    return Tensors{tensorOf({reduction == 1 ? sum / total : sum}, {}, call.x().dtype())};
}

Result<Tensors> forwardBackward(const Call<Tensor>& call)
{
    const std::vector<double> dy = numbersOf(call.x(0));
    const double total = as<double>(call.x(4).item());
    const auto reduction = call.attribute<std::int64_t>("reduction");
    const Shape& shape = call.x(1).shape();
    std::vector<double> slopes(std::size_t(elementCount(shape)), 0.0);
    forEachTarget(shape, call.x(2), call.x(3), call.attribute<std::int64_t>("ignore_index"),
                  [&](std::int64_t place, std::int64_t log, double weight) {
                      const double slope = -weight * dy[reduction == 0 ? std::size_t(place) : 0];
                      slopes[std::size_t(log)] = reduction == 1 ? slope / total : slope;
                  });
    return Tensors{tensorOf(slopes, shape, call.x(1).dtype())};
}

std::optional<TracedTensor> traceLoss(GradFnTrace& trace)
{
    const TracedTensor logs = trace.input(0), target = trace.input(1);
    const TracedTensor total = trace.constant(logs.dtype, {});
    const std::string_view name = logs.shape.size() == 4 ? "NllLoss2DBackward0" : "NllLossBackward0";
    const DType dtype = trace.output().dtype();
    const Shape& shape = trace.output().shape();
    if (trace.call().has(2))
        return trace.computed(name, {logs}, dtype, shape,
                              {{"self", logs}, {"target", target}, {"total_weight", total}, {"weight", trace.input(2)}});
    return trace.computed(name, {logs}, dtype, shape, {{"self", logs}, {"target", target}, {"total_weight", total}});
}

Gradients lossVjp(const VjpCall& call)
{
    const std::int64_t ignored = call.attribute<std::int64_t>("ignore_index");
    const double total = totalWeight(call.x(1).tensor(), call.x(2).tensor(), ignored);
    return {nllLossBackward(call.dy(), call.x(), {call.x(1), call.x(2), reductionNumber(call.attributes), ignored,
                                                  Tensor::full({}, total, call.x().tensor().dtype())}),
            std::nullopt, std::nullopt};
}

Gradients backwardVjp(const VjpCall& call)
{
    static const Op& loss = operation("nll_loss");
    const std::string reduction(reductions[call.attribute<std::int64_t>("reduction")]);
    Gradients gradients(5);
    if (call.needs(0))
        gradients[0] = applied(loss, {call.dy(), call.x(2), call.x(3)},
                               {{"ignore_index", call.attribute<std::int64_t>("ignore_index")}, {"reduction", reduction}});
    if (call.needs(1))
        gradients[1] = zerosLike(call.x(1));
    return gradients;
}

Attributes reduced(std::int64_t how, std::int64_t ignored = -100)
{
    return {{"reduction", how}, {"ignore_index", ignored}};
}

}  // namespace

double totalWeight(const Tensor& target, const Tensor& weight, std::int64_t ignored)
{
    const Tensor indices = kernel::contiguous(kernel::cast(target, DType::Int64));
    double total = 0;
    for (std::int64_t i = 0; i < indices.size(); ++i)
        if (const std::int64_t index = indices.data<std::int64_t>()[i]; index != ignored)
            total += weightOf(weight, index);
    return total;
}

Value nllLossBackward(const Value& dy, const Value& logs, const NegativeLogs& how)
{
    static const Op& op = operation("nll_loss_backward");
    return applied(op, {dy, logs, how.target, how.weight, how.total},
                   {{"reduction", how.reduction}, {"ignore_index", how.ignored}});
}

std::vector<Op> negativeLogOps()
{
    using namespace sample;
    const Tensor none = Tensor::none();
    const Tensor two = scalar(2);
    const auto named = [](const char* how) { return Attributes{{"reduction", std::string(how)}}; };
    return {
        Op{
            .name = "nll_loss",
            .category = Category::Internal,
            .summary = "What is minus the logarithm of each target's probability, times its weight.",
            .parameters = {logsParameter, targetParameter, weightParameter, ignoredParameter,
                           {.name = "reduction",
                            .kind = Kind::String,
                            .help = "mean, sum or none",
                            .fallback = std::string("mean")}},
            .formula = "y = -weight[target] * x[target]",
            .gradient = "dx = -weight[target] * dy at target, 0 elsewhere",
            .pictures = {{Picture::General}, {Picture::Nothing}, {Picture::Nothing}},
            .torch = "torch.nn.functional.nll_loss",
            .gradFn = {"NllLossBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.x().tensor().rank() == 4 ? "NllLoss2DBackward0" : "NllLossBackward0";
                       }},
            .saves = {{"self"}, {"target"}, {"weight"}},
            .gradFns = traceLoss,
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (!isFloating(call.x().dtype))
                    return notImplementedFor("nll_loss_out_frame", call.x().dtype);
                return Types{{call.x().dtype, reductionNumber(call.attributes) == 0 ? withoutClasses(call.x().shape) : Shape()}};
            },
            .forward = forwardLoss,
            .vjp = lossVjp,
            .samples = {{"mean", {values({2, 3}), integers({2}, 0, 3), none}},
                        {"sum", {values({2, 3}), integers({2}, 0, 3), none}, named("sum")},
                        {"none", {values({2, 3}), integers({2}, 0, 3), none}, named("none")},
                        {"weight", {values({2, 3}), integers({2}, 0, 3), positive({3})}}},
        },
        Op{
            .name = "nll_loss_backward",
            .category = Category::Internal,
            .summary = "The gradient of nll_loss.",
            .parameters = {{.name = "grad_output", .kind = Kind::Tensor, .help = "the upstream gradient"}, logsParameter,
                           targetParameter, weightParameter,
                           {.name = "reduction", .kind = Kind::Int, .help = "0 none, 1 mean, 2 sum"}, ignoredParameter,
                           {.name = "total_weight",
                            .kind = Kind::Tensor,
                            .help = "what a mean divides by",
                            .differentiable = false}},
            .formula = "g = -weight[target] * dy at target, 0 elsewhere; over total_weight for a mean",
            .gradient = "d(dy) = the loss of dg",
            .pictures = {{Picture::General}, {Picture::Nothing}, {Picture::Nothing}, {Picture::Nothing}, {Picture::Nothing}},
            .torch = "torch.ops.aten.nll_loss_backward",
            .gradFn = {"NllLossBackwardBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.x(1).tensor().rank() == 4 ? "NllLoss2DBackwardBackward0" : "NllLossBackwardBackward0";
                       }},
            .saves = {{"target"}, {"weight"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (!isFloating(call.x(1).dtype))
                    return notImplementedFor("nll_loss_backward_out_frame", call.x(1).dtype);
                return Types{{call.x(1).dtype, call.x(1).shape}};
            },
            .forward = forwardBackward,
            .vjp = backwardVjp,
            .samples = {{"mean", {scalar(1.5), values({2, 3}), integers({2}, 0, 3), none, two}, reduced(1)},
                        {"sum", {scalar(1.5), values({2, 3}), integers({2}, 0, 3), none, two}, reduced(2)},
                        {"none", {values({2}), values({2, 3}), integers({2}, 0, 3), none, two}, reduced(0)},
                        {"ignored", {scalar(-0.5), values({3, 3}), integers({3}, 0, 3), none, two}, reduced(2, 1)}},
        },
    };
}

}  // namespace chainrule
