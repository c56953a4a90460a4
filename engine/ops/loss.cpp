// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/backward_ops.h"
#include "engine/ops/binary_cross_entropy.h"
#include "engine/ops/cross_entropy.h"
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter reduction{.name = "reduction",
                          .kind = Kind::String,
                          .help = "what becomes of the losses of all elements",
                          .fallback = std::string("mean"),
                          .choices = {"none", "mean", "sum"}};

/// Both are expanded first, so that a 0-dim tensor counts as much as one with dimensions.
DType mseDType(DType input, DType target)
{
    return promote(input, target);
}

Result<Types> inferMse(const Call<TensorType>& call)
{
    auto types = promotedBroadcast(call);
    if (!types)
        return types;
    types->front().dtype = mseDType(call.x(0).dtype, call.x(1).dtype);
    if (const auto refusal = refusedReduction(call.attributes))
        return *refusal;
    if (!isFloating(types->front().dtype))
        return notImplementedFor("mse_cpu", types->front().dtype);
    if (call.attribute<std::string>("reduction") != "none")
        types->front().shape = {};
    return types;
}

Result<Tensors> forwardMse(const Call<Tensor>& call)
{
    const auto& how = call.attribute<std::string>("reduction");
    const DType dtype = mseDType(call.x(0).dtype(), call.x(1).dtype());
    const Value losses = square(to(call.x(0), dtype) - to(call.x(1), dtype));
    if (how == "none")
        return Tensors{losses.tensor()};
    const Value total = sum(losses);
    return Tensors{(how == "sum" ? total : total / double(losses.tensor().size())).tensor()};
}

Gradients mseVjp(const VjpCall& call)
{
    const auto& how = call.attribute<std::string>("reduction");
    const Shape shape = *broadcast(call.x(0).tensor().shape(), call.x(1).tensor().shape());
    const Value operands[] = {expand(call.x(0), shape), expand(call.x(1), shape)};
    Gradients gradients(2);
    for (const std::size_t i : {0, 1})  // PyTorch expands before it promotes, so the dtype goes back first.
        if (call.needs(i))
            gradients[i] = to(mseLossBackward(call.dy(), operands[i], operands[1 - i], how), call.x(i).tensor().dtype());
    if (call.needs(1))  // Expanded last, so the first that is summed.
        gradients[1] = fittedWhereRecorded(*gradients[1], call.x(1));
    return gradients;
}

std::vector<Sample> mseSamples()
{
    using namespace sample;
    const auto reduced = [](const char* how) { return Attributes{{"reduction", std::string(how)}}; };
    return {{"vectors", {values({4}), values({4}, 1)}},
            {"matrices", {values({2, 3}), values({2, 3}, 1)}},
            {"sum", {values({2, 3}), values({2, 3}, 1)}, reduced("sum")},
            {"none", {values({2, 3}), values({2, 3}, 1)}, reduced("none")},
            {"scalars", {scalar(3), scalar(-1)}},
            {"cube", {values({2, 1, 3}), values({2, 1, 3}, 1)}},
            {"rank_4", {values({2, 1, 2, 3}), values({2, 1, 2, 3}, 1)}},
            {"special", {vector({NAN, INFINITY, 1, 1}), vector({1, 2, -INFINITY, 1})}, reduced("none")},
            {"infinite_mean", {vector({1, 2}), vector({INFINITY, 1})}},
            {"broadcast", {values({2, 3}), values({2, 1}, 1)}},
            {"broadcast_none", {values({3}), values({2, 1}, 1)}, reduced("none")},
            {"permuted", {transposed(values({2, 3})), values({2, 3}, 1)}},
            {"empty", {values({0}), values({0})}},
            {"empty_sum", {values({0, 2}), values({0, 2})}, reduced("sum")},
            {"integer_target", {values({3}), integers({3}, 0, 5)}},
            {"scalar_target", {values({2, 3}), scalar(0.5)}},
            {"wider_scalar", {kernel::cast(values({3}), DType::Float32), scalar(0.5)}},
            {"wider_scalar_input", {scalar(0.5), kernel::cast(values({3}), DType::Float32)}, reduced("sum")},
            {"integer_input", {integers({3}, 0, 5), values({3})}}};
}

std::vector<Sample> crossEntropySamples()
{
    using namespace sample;
    const auto classes = [](const Shape& shape) { return integers(shape, 0, 3, 2); };
    const auto with = [](const char* how, double smoothing) {
        return Attributes{{"reduction", std::string(how)}, {"label_smoothing", smoothing}};
    };
    const Tensor none = Tensor::none();
    const Tensor ignoring = integers({4}, -2, 2, 1);
    const Attributes ignore = {{"ignore_index", std::int64_t(1)}};
    return {{"classes", {values({4, 3}), classes({4})}},
            {"sum", {values({4, 3}), classes({4})}, with("sum", 0)},
            {"none", {values({4, 3}), classes({4})}, with("none", 0)},
            {"one_example", {values({3}), classes({})}},
            {"one_example_none", {values({3}), classes({})}, with("none", 0)},
            {"pixels", {values({2, 3, 4}), classes({2, 4})}},
            {"pixels_none", {values({2, 3, 4}), classes({2, 4})}, with("none", 0)},
            {"images", {values({2, 3, 2, 2}), classes({2, 2, 2})}},
            {"images_none", {values({2, 3, 2, 2}), classes({2, 2, 2})}, with("none", 0)},
            {"volumes", {values({1, 3, 2, 1, 2}), classes({1, 2, 1, 2})}},
            {"volumes_none", {values({1, 3, 2, 1, 2}), classes({1, 2, 1, 2})}, with("none", 0)},
            {"weight", {values({4, 3}), classes({4}), positive({3})}},
            {"weight_sum", {values({4, 3}), classes({4}), positive({3})}, with("sum", 0)},
            {"weight_none", {values({2, 3, 2}), classes({2, 2}), positive({3})}, with("none", 0)},
            {"ignored", {values({4, 3}), classes({4})}, ignore},
            {"ignored_weight", {values({4, 3}), classes({4}), positive({3})}, ignore},
            {"ignored_none", {values({2, 3, 4}), classes({2, 4})}, {{"ignore_index", std::int64_t(1)},
                                                                    {"reduction", std::string("none")}}},
            {"all_ignored", {values({2, 3}), integers({2}, 1, 2)}, ignore},
            {"smoothed", {values({4, 3}), classes({4})}, with("mean", 0.1)},
            {"smoothed_sum", {values({4, 3}), classes({4})}, with("sum", 0.2)},
            {"smoothed_none", {values({2, 3, 2}), classes({2, 2})}, with("none", 0.1)},
            {"smoothed_weight", {values({4, 3}), classes({4}), positive({3})}, with("mean", 0.1)},
            {"smoothed_ignored", {values({4, 3}), classes({4}), positive({3})}, {{"ignore_index", std::int64_t(1)},
                                                                                 {"label_smoothing", 0.3}}},
            {"smoothed_one_example", {values({3}), classes({})}, with("mean", 0.1)},
            {"bytes", {values({4, 3}), Tensor::full({4}, std::int64_t(2), DType::UInt8)}},
            {"probabilities", {values({4, 3}), positive({4, 3}, 1)}},
            {"probabilities_sum", {values({4, 3}), positive({4, 3}, 1)}, with("sum", 0)},
            {"probabilities_none", {values({4, 3}), positive({4, 3}, 1)}, with("none", 0)},
            {"probabilities_of_one", {values({3}), positive({3}, 1)}},
            {"probabilities_of_pixels", {values({2, 3, 2}), positive({2, 3, 2}, 1)}},
            {"probabilities_smoothed", {values({4, 3}), positive({4, 3}, 1)}, with("mean", 0.1)},
            {"probabilities_weight", {values({2, 3, 2}), positive({2, 3, 2}, 1), positive({3}, 2)}},
            {"narrow_logits", {kernel::cast(values({4, 3}), DType::Float32), positive({4, 3}, 1)}},
            {"narrow_probabilities",
             {values({4, 3}), kernel::cast(positive({4, 3}, 1), DType::Float32)},
             with("sum", 0.1)},
            {"masked_logits", {vector({1, -INFINITY, 2}), integers({}, 0, 1)}},
            {"nan", {vector({1, NAN, 2}), integers({}, 0, 1)}},
            {"masked_weight", {vector({1, -INFINITY, 2}), integers({}, 1, 2), vector({1, 0, 1})}},
            {"one_class", {values({2, 1}), integers({2}, 0, 1)}, with("none", 0)},
            {"one_class_probabilities", {values({2, 1}), positive({2, 1}, 1)}},
            {"one_class_probabilities_sum", {values({2, 1}), positive({2, 1}, 1)}, with("sum", 0)},
            {"one_class_alone", {values({1}), integers({}, 0, 1)}, with("none", 0)},
            {"permuted", {transposed(values({4, 3})), classes({4})}},
            {"empty", {values({0, 3}), classes({0})}},
            {"empty_sum", {values({0, 3}), classes({0})}, with("sum", 0)},
            {"empty_none", {values({0, 3}), classes({0})}, with("none", 0)},
            {"empty_pixels", {values({2, 3, 0}), classes({2, 0})}, with("none", 0)},
            {"empty_probabilities", {values({0, 3}), values({0, 3})}}};
}

std::vector<Sample> crossEntropyErrors()
{
    using namespace sample;
    const auto classes = [](const Shape& shape) { return integers(shape, 0, 3, 2); };
    const auto smoothed = [](double smoothing) { return Attributes{{"label_smoothing", smoothing}}; };
    const Tensor fives = integers({2}, 5, 6);
    return {{"reduction", {values({2, 3}), classes({2})}, {{"reduction", std::string("foo")}}},
            {"out_of_bounds", {values({2, 3}), fives}},
            {"negative", {values({2, 3}), integers({2}, -1, 0)}},
            {"out_of_bounds_pixels", {values({2, 3, 2}), integers({2, 2}, 3, 4)}},
            {"batch", {values({2, 3}), classes({3})}},
            {"batch_of_nothing", {values({2, 3}), classes({})}},
            {"targets", {values({2, 3}), classes({2, 2})}},
            {"one_example", {values({3}), classes({2})}},
            {"one_example_smoothed", {values({3}), classes({1})}, smoothed(0.1)},
            {"pixels", {values({2, 3, 4}), classes({2, 5})}},
            {"images", {values({2, 3, 2, 2}), classes({2, 2, 3})}},
            {"images_rank", {values({2, 3, 2, 2}), classes({2, 2})}},
            {"float_target", {values({2, 3}), values({2})}},
            {"boolean_target", {values({2, 3}), booleans({2})}},
            {"integer_probabilities", {values({2, 3}), classes({2, 3})}},
            {"probabilities_ignored", {values({2, 3}), values({2, 3})}, {{"ignore_index", std::int64_t(1)}}},
            {"smoothing", {values({2, 3}), classes({2})}, smoothed(2)},
            {"smoothing_of_probabilities", {values({2, 3}), values({2, 3})}, smoothed(1.5)},
            {"weight", {values({2, 3}), classes({2}), integers({2}, 0, 3)}},
            {"weight_of_pixels", {values({2, 3, 4}), classes({2, 4}), integers({2}, 0, 3)}},
            {"weight_of_probabilities", {values({2, 3}), values({2, 3}), integers({2}, 0, 3)}},
            {"weight_dtype", {values({2, 3}), classes({2}), integers({3}, 0, 3)}},
            {"weight_gradient", {values({2, 3}), classes({2}), values({3})}},
            {"weight_gradient_of_pixels", {values({2, 3, 4}), classes({2, 4}), values({3})}},
            {"integers", {integers({2, 3}, 0, 5), classes({2})}},
            {"integer_pixels", {integers({2, 3, 4}, 0, 5), classes({2, 4})}},
            {"scalar", {scalar(1), scalar(1)}},
            {"number", {Tensor::number(2.0), classes({2})}},
            {"number_as_target", {values({2, 3}), Tensor::number(std::int64_t(1))}},
            {"number_as_weight", {values({2, 3}), classes({2}), Tensor::number(2.0)}},
            {"missing", {values({2, 3})}}};
}

std::vector<Sample> binaryCrossEntropySamples()
{
    using namespace sample;
    const auto reduced = [](const char* how) { return Attributes{{"reduction", std::string(how)}}; };
    const Tensor none = Tensor::none();
    const auto labels = [](const Shape& shape) { return positive(shape, 4); };
    const Tensor extremes = vector({0, 800, -800, 40, -40});
    const Tensor ones = Tensor::full({5}, 1.0, DType::Float64), zeros = Tensor::full({5}, 0.0, DType::Float64);
    return {{"vectors", {values({4}), labels({4})}},
            {"matrices", {values({2, 3}), labels({2, 3})}},
            {"sum", {values({2, 3}), labels({2, 3})}, reduced("sum")},
            {"none", {values({2, 3}), labels({2, 3})}, reduced("none")},
            {"scalars", {scalar(0.7), scalar(0.2)}},
            {"cube", {values({2, 1, 3}), labels({2, 1, 3})}},
            {"rank_4", {values({2, 1, 2, 3}), labels({2, 1, 2, 3})}},
            {"right", {extremes, vector({1, 1, 0, 1, 0})}, reduced("none")},
            {"wrong", {extremes, vector({0, 0, 1, 0, 1})}, reduced("none")},
            {"positives", {extremes, ones, none, scalar(3)}, reduced("none")},
            {"negatives", {extremes, zeros, none, scalar(3)}, reduced("none")},
            {"special", {vector({INFINITY, -INFINITY, NAN}), vector({0, 0, 0})}, reduced("none")},
            {"special_positive", {vector({INFINITY, -INFINITY, NAN}), vector({1, 1, 1})}, reduced("none")},
            {"weight", {values({2, 3}), labels({2, 3}), positive({3})}},
            {"weight_sum", {values({2, 3}), labels({2, 3}), positive({2, 1})}, reduced("sum")},
            {"weight_none", {values({2, 3}), labels({2, 3}), positive({2, 3})}, reduced("none")},
            {"weight_of_one", {values({2, 3}), labels({2, 3}), scalar(0.5)}},
            {"pos_weight", {values({2, 3}), labels({2, 3}), none, positive({3}, 1)}},
            {"pos_weight_sum", {values({2, 3}), labels({2, 3}), none, positive({2, 1}, 1)}, reduced("sum")},
            {"pos_weight_none", {values({2, 3}), labels({2, 3}), none, positive({2, 3}, 1)}, reduced("none")},
            {"pos_weight_of_zero", {vector({0, 1}), vector({0.25, 1}), none, vector({2, 3})}},
            {"both_weights", {values({2, 3}), labels({2, 3}), positive({3}), positive({3}, 1)}},
            {"both_weights_none", {values({2, 3}), labels({2, 3}), positive({2, 1}), positive({3}, 1)},
             reduced("none")},
            {"integer_weight", {values({2, 3}), labels({2, 3}), integers({3}, 0, 4)}},
            {"integer_pos_weight", {values({2, 3}), labels({2, 3}), none, integers({3}, 0, 4)}},
            {"boolean_weight", {values({2, 3}), labels({2, 3}), booleans({3})}, reduced("none")},
            {"long", {values({1200}, 2), labels({1200})}},
            {"permuted", {transposed(values({2, 3})), transposed(labels({2, 3}))}, reduced("none")},
            {"permuted_input", {transposed(values({2, 3})), labels({2, 3})}, reduced("none")},
            {"permuted_target", {values({2, 3}), transposed(labels({2, 3})), positive({3})}, reduced("none")},
            {"empty", {values({0}), values({0})}},
            {"empty_sum", {values({0, 2}), values({0, 2})}, reduced("sum")},
            {"empty_none", {values({2, 0}), values({2, 0})}, reduced("none")}};
}

std::vector<Sample> binaryCrossEntropyErrors()
{
    using namespace sample;
    const Tensor none = Tensor::none();
    const Tensor x = values({2, 3}), target = positive({2, 3});
    return {{"reduction", {x, values({3})}, {{"reduction", std::string("foo")}}},
            {"shapes", {x, values({3})}},
            {"shapes_of_integers", {integers({2, 1}, 0, 5), integers({2}, 0, 5)}},
            {"integers", {integers({2}, 0, 5), values({2})}},
            {"booleans", {booleans({2}), booleans({2})}},
            {"integer_target", {x, integers({2, 3}, 0, 2)}},
            {"boolean_target", {x, booleans({2, 3})}},
            {"boolean_pos_weight", {x, booleans({2, 3}), none, booleans({3})}},
            {"weight", {x, target, integers({2}, 0, 3)}},
            {"weight_is_larger", {x, target, integers({5, 2, 3}, 0, 3)}},
            {"weight_of_scalar", {scalar(1), scalar(1), integers({2}, 0, 3)}},
            {"pos_weight", {x, target, none, integers({2}, 0, 3)}},
            {"pos_weight_is_larger", {x, target, none, integers({5, 2, 3}, 0, 3)}},
            {"both_weights", {x, target, integers({4}, 0, 3), integers({2}, 0, 3)}},
            {"pos_weight_before_target", {x, integers({2, 3}, 0, 2), none, integers({2}, 0, 3)}},
            {"larger_pos_weight_before_target", {x, integers({2, 3}, 0, 2), none, integers({5, 2, 3}, 0, 3)}},
            {"larger_pos_weight_before_booleans", {x, booleans({2, 3}), none, integers({5, 2, 3}, 0, 3)}},
            {"target_before_weight", {x, booleans({2, 3}), integers({2}, 0, 3)}},
            {"weight_gradient", {x, target, values({3})}},
            {"pos_weight_gradient", {x, target, none, values({2})}},
            {"number_as_weight", {x, target, Tensor::number(1.0)}},
            {"missing", {x}}};
}

}  // namespace

std::vector<Op> lossOps()
{
    using namespace sample;
    return {
        Op{
            .name = "mse_loss",
            .category = Category::Loss,
            .summary = "The mean of the squared differences.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape"},
                           {.name = "target", .kind = Kind::Tensor, .help = "the same shape; others broadcast"},
                           reduction},
            .formula = "y = mean((x - target)^2)",
            .gradient = "dx = dy * 2 * (x - target) / n, dtarget = -dx",
            .pictures = {{Picture::Elementwise, "2 * (x - target) / n"},
                         {Picture::Elementwise, "-2 * (x - target) / n"}},
            .torch = "torch.nn.functional.mse_loss",
            .refusal = refusals::mseLoss,
            .gradFn = {"MseLossBackward0"},
            .saves = {{"self"}, {"target"}},
            .gradFns = traces::mseLoss,
            .infer = inferMse,
            .forward = forwardMse,
            .vjp = mseVjp,
            .samples = mseSamples(),
            .errors = {{"shapes", {values({2, 3}), values({2, 2})}},
                       {"reduction", {values({2}), values({2})}, {{"reduction", std::string("foo")}}},
                       {"integers", {integers({2}, 0, 5), integers({2}, 0, 5)}},
                       {"booleans", {booleans({2}), booleans({2})}},
                       {"missing", {values({2})}}},
        },
        Op{
            .name = "cross_entropy",
            .category = Category::Loss,
            .summary = "How badly scores (logits) predict the classes, after a softmax.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "(N, C), (C) or (N, C, d1, ..): logits"},
                           {.name = "target",
                            .kind = Kind::Tensor,
                            .help = "(N), () or (N, d1, ..): classes; or probabilities in the shape of input"},
                           {.name = "weight",
                            .kind = Kind::Tensor,
                            .help = "(C): how much each class counts",
                            .fallback = None(),
                            .acceptsNone = true,
                            .differentiable = false},
                           {.name = "ignore_index",
                            .kind = Kind::Int,
                            .help = "a class that counts for nothing",
                            .fallback = std::int64_t(-100)},
                           reduction,
                           {.name = "label_smoothing",
                            .kind = Kind::Float,
                            .help = "0 to 1: how much of each label is spread over all classes",
                            .fallback = 0.0}},
            .formula = "y = mean(-log(softmax(x)[target]))",
            .gradient = "dx = dy * (softmax(x) - onehot(target)) / n",
            .pictures = {{.kind = Picture::Repeated, .local = "(softmax(x) - onehot(target)) / n", .removedDim = 1},
                         {.kind = Picture::Repeated, .local = "-log(softmax(x)) / n", .removedDim = 1},
                         {Picture::Nothing}},
            .torch = "torch.nn.functional.cross_entropy",
            .refusal = refusals::crossEntropy,
            .gradFn = {"NllLossBackward0", crossEntropyGradFn},
            .saves = {{"self"}, {"target"}, {"total_weight"}},
            .gradFns = traces::crossEntropy,
            .infer = inferCrossEntropy,
            .forward = forwardCrossEntropy,
            .vjp = crossEntropyVjp,
            .refusedVjp = refusedCrossEntropyVjp,
            .samples = crossEntropySamples(),
            .errors = crossEntropyErrors(),
        },
        Op{
            .name = "binary_cross_entropy_with_logits",
            .category = Category::Loss,
            .summary = "How badly scores (logits) predict yes or no, after a sigmoid.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape: logits"},
                           {.name = "target",
                            .kind = Kind::Tensor,
                            .help = "the same shape: how likely yes is, from 0 to 1"},
                           {.name = "weight",
                            .kind = Kind::Tensor,
                            .help = "how much each element counts; broadcasts to the shape of input",
                            .fallback = None(),
                            .acceptsNone = true,
                            .differentiable = false},
                           reduction,
                           {.name = "pos_weight",
                            .kind = Kind::Tensor,
                            .help = "how much each yes counts; broadcasts to the shape of input",
                            .fallback = None(),
                            .acceptsNone = true,
                            .differentiable = false}},
            .formula = "y = mean(-target * log(sigmoid(x)) - (1 - target) * log(1 - sigmoid(x)))",
            .gradient = "dx = dy * (sigmoid(x) - target) / n, dtarget = -dy * x / n",
            .pictures = {{Picture::Elementwise, "(sigmoid(x) - target) / n"},
                         {Picture::Elementwise, "-x / n"},
                         {Picture::Nothing},
                         {Picture::Nothing}},
            .torch = "torch.nn.functional.binary_cross_entropy_with_logits",
            .refusal = refusals::binaryCrossEntropyWithLogits,
            .gradFn = {"BinaryCrossEntropyWithLogitsBackward0"},
            .saves = {{"self"}, {"target"}, {"weight"}, {"pos_weight"}},
            .infer = inferBinaryCrossEntropy,
            .forward = forwardBinaryCrossEntropy,
            .vjp = binaryCrossEntropyVjp,
            .samples = binaryCrossEntropySamples(),
            .errors = binaryCrossEntropyErrors(),
        },
    };
}

}  // namespace chainrule
