// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/cross_entropy.h"

#include "engine/base/stop.h"
#include "engine/ops/backward_ops.h"
#include "engine/ops/cross_entropy_steps.h"
#include "engine/ops/operators.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/moves.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

const std::string& reductionOf(const Attributes& attributes)
{
    return std::get<std::string>(attributes.find("reduction")->second);
}

/// A negative one does nothing.
double smoothingOf(const Attributes& attributes)
{
    return std::max(0.0, std::get<double>(attributes.find("label_smoothing")->second));
}

std::size_t classDim(const Shape& input)
{
    return input.size() == 1 ? 0 : 1;
}

Shape withoutClasses(Shape input)
{
    input.erase(input.begin() + classDim(input));
    return input;
}

/// Written as C++ streams do: "2", "1.5".
std::string shortText(double number)
{
    Attribute value = number;
    std::string text = python(value);
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

// What is refused

Failure refusedSmoothing(const Attributes& attributes)
{
    const double smoothing = smoothingOf(attributes);
    if (smoothing > 1)
        return runtimeError("label_smoothing must be between 0.0 and 1.0. Got: " + shortText(smoothing));
    return std::nullopt;
}

/// Of nothing, any dtype has a softmax.
Failure refusedLogits(const TensorType& input)
{
    if (isFloating(input.dtype) || elementCount(input.shape) == 0)
        return std::nullopt;
    const bool isLast = classDim(input.shape) + 1 == input.shape.size();
    return notImplementedFor(isLast ? "log_softmax_lastdim_kernel_impl" : "log_softmax_kernel_impl", input.dtype);
}

bool isForEachClass(const TensorType& weight, std::int64_t classes)
{
    return weight.shape.size() == 1 && weight.shape[0] == classes;
}

Failure refusedProbabilities(const Call<TensorType>& call)
{
    const TensorType& input = call.x(0);
    if (!isFloating(call.x(1).dtype))
        return runtimeError("Expected floating point type for target with class probabilities, got "
                            + std::string(messageName(call.x(1).dtype)));
    if (call.attribute<std::int64_t>("ignore_index") >= 0)
        return runtimeError("ignore_index is not supported for floating point target");
    if (input.shape.empty())
        return indexError("Dimension specified as 1 but tensor has no dimensions");
    const std::int64_t classes = input.shape[classDim(input.shape)];
    if (call.has(2) && !isForEachClass(call.x(2), classes))
        return runtimeError("cross_entropy: weight tensor should be defined either for all " + std::to_string(classes)
                            + " classes or no classes but got weight tensor of shape: " + text(call.x(2).shape));
    if (const auto refusal = refusedLogits(input))
        return refusal;
    return refusedSmoothing(call.attributes);
}

Failure refusedClassDType(DType target)
{
    if (target == DType::Int64 || target == DType::UInt8)
        return std::nullopt;
    return runtimeError("expected target dtype to be Long or Byte, but got " + std::string(messageName(target)));
}

Failure refusedFlatTarget(const Shape& input, const TensorType& target)
{
    if (target.shape.size() > 1)
        return runtimeError("0D or 1D target tensor expected, multi-target not supported");
    if (const auto refusal = refusedClassDType(target.dtype))
        return refusal;
    if (input.size() == 1 && target.shape.size() == 1 && target.shape[0] != 1)
        return valueError("For 1D input, 1D target must have size 1, but got target size: "
                          + std::to_string(target.shape[0]));
    return std::nullopt;
}

/// With (N, C, d1, …); a mismatch of four dims has words of its own.
Failure refusedSpatialSizes(const Shape& input, const Shape& target)
{
    const Shape expected = withoutClasses(input);
    if (input.size() == 4) {
        if (target.size() != 3)
            return runtimeError("only batches of spatial targets supported (3D tensors) but got targets of dimension: "
                                + std::to_string(target.size()));
        return std::nullopt;
    }
    if (target != expected)
        return runtimeError("Expected target size " + text(expected) + ", got " + text(target));
    return std::nullopt;
}

Failure refusedWeight(const TensorType& input, const TensorType& weight, bool isSpatial)
{
    const std::int64_t classes = input.shape[classDim(input.shape)];
    if (isSpatial && elementCount(weight.shape) != classes)
        return runtimeError("weight tensor should be defined either for all or no classes");
    if (!isSpatial && !isForEachClass(weight, classes))
        return runtimeError("weight tensor should be defined either for all " + std::to_string(classes)
                            + " classes or no classes but got weight tensor of shape: " + text(weight.shape));
    return std::nullopt;
}

Failure refusedClasses(const Call<TensorType>& call)
{
    const TensorType& input = call.x(0);
    const TensorType& target = call.x(1);
    if (const auto refusal = refusedSmoothing(call.attributes))
        return refusal;
    if (input.shape.empty())
        return wrappedDim(1, 0).error();
    if (const auto refusal = refusedLogits(input))
        return refusal;
    const std::int64_t batch = target.shape.empty() ? 0 : target.shape[0];
    if (input.shape.size() > 1 && input.shape[0] != batch)
        return valueError("Expected input batch_size (" + std::to_string(input.shape[0])
                          + ") to match target batch_size (" + std::to_string(batch) + ").");

    const bool isSpatial = input.shape.size() > 2;
    if (const auto refusal = isSpatial && input.shape.size() != 4 ? refusedSpatialSizes(input.shape, target.shape)
                                                                  : std::nullopt)
        return refusal;
    if (call.has(2) && call.x(2).requiresGrad)
        return runtimeError("The function '" + std::string(isSpatial ? "nll_loss2d_forward" : "nll_loss_forward")
                            + "' is not differentiable with respect to argument 'weight'. This input cannot have "
                              "requires_grad True.");
    if (const auto refusal = isSpatial ? refusedSpatialSizes(input.shape, target.shape)
                                       : refusedFlatTarget(input.shape, target))
        return refusal;
    if (const auto refusal = isSpatial ? refusedClassDType(target.dtype) : std::nullopt)
        return refusal;
    if (call.has(2))
        if (const auto refusal = refusedWeight(input, call.x(2), isSpatial))
            return refusal;
    if (isSpatial && target.shape != withoutClasses(input.shape))
        return runtimeError("size mismatch (got input: " + text(input.shape) + " , target: " + text(target.shape));
    if (call.has(2) && call.x(2).dtype != input.dtype)
        return runtimeError("expected scalar type " + std::string(messageName(input.dtype)) + " but found "
                            + std::string(messageName(call.x(2).dtype)));
    if (input.shape.size() == 1 && target.shape.size() == 1 && smoothingOf(call.attributes) > 0)
        return runtimeError("output with shape [] doesn't match the broadcast shape [1]");
    if (!isFloating(input.dtype))
        return notImplementedFor(isSpatial ? "nll_loss2d_forward_out_frame" : "nll_loss_out_frame", input.dtype);
    return std::nullopt;
}

// What is computed

/// m, and what a mean divides by. `counts`: where classes are given, which elements take part at all; the others do
/// not, whatever their logarithm is.
struct Coefficients {
    Value m;
    double total;
    Value counts = {};
};

/// The target's classes as a constant m in the shape of the input.
Result<Coefficients> classCoefficients(const Tensor& input, const Tensor& target, const Tensor* weight,
                                       const Attributes& attributes)
{
    const std::size_t dim = classDim(input.shape());
    const std::int64_t classes = input.shape()[dim];
    const std::int64_t batch = dim == 0 ? 1 : input.shape()[0];
    const Tensor indices = kernel::contiguous(kernel::cast(target, DType::Int64));
    const std::int64_t places = batch > 0 ? indices.size() / batch : 0;  // For each example: d1 · d2 · …
    const std::int64_t ignored = std::get<std::int64_t>(attributes.find("ignore_index")->second);
    const double smoothing = smoothingOf(attributes);
    std::vector<double> weights(std::size_t(classes), 1.0);
    for (std::int64_t c = 0; weight && c < classes; ++c)
        weights[std::size_t(c)] = as<double>(weight->at(c));

    Tensor m = Tensor::uninitialized(input.shape(), input.dtype());
    Tensor counts = Tensor::uninitialized(input.shape(), DType::Bool);
    bool* const taken = counts.writable<bool>();
    double total = 0;
    const auto failure = visitFloating(input.dtype(), [&](auto stored) -> Failure {
        using T = decltype(stored);
        T* const to = m.writable<T>();
        inPieces(m.size(), [&](std::int64_t begin, std::int64_t end) {
            std::fill(to + begin, to + end, T());
            std::fill(taken + begin, taken + end, false);
        });
        Pace pace;
        for (std::int64_t n = 0; n < batch; ++n) {
            pace.take(places * (smoothing > 0 ? classes : 1));
            for (std::int64_t place = 0; place < places; ++place) {
                const std::int64_t index = indices.data<std::int64_t>()[n * places + place];
                if (index == ignored)
                    continue;
                if (index < 0 || index >= classes)
                    return indexError("Target " + std::to_string(index) + " is out of bounds.");
                const double own = weights[std::size_t(index)];
                total += own;
                const std::int64_t first = n * classes * places + place;
                T* const row = to + first;
                taken[first + index * places] = true;
                for (std::int64_t c = 0; smoothing > 0 && c < classes; ++c) {
                    row[c * places] = T(Compute<T>(weights[std::size_t(c)] * smoothing / double(classes)));
                    taken[first + c * places] = true;
                }
                row[index * places] = T(Compute<T>(double(row[index * places]) + own * (1 - smoothing)));
            }
        }
        return std::nullopt;
    });
    if (failure)
        return *failure;
    return Coefficients{m, total, counts};
}

/// The weight of each class in a shape that broadcasts with the input.
Value spreadWeight(const Value& weight, const Shape& input)
{
    Shape shape(input.size(), 1);
    shape[classDim(input)] = input[classDim(input)];
    return reshape(weight, shape);
}

/// The probabilities after smoothing, without the weights.
Value smoothed(const Value& target, const Shape& input, double smoothing)
{
    if (smoothing <= 0)
        return target;
    return target * (1 - smoothing) + smoothing / double(input[classDim(input)]);
}

bool hasProbabilities(const Tensor& input, const Tensor& target)
{
    return input.shape() == target.shape();
}

Result<Coefficients> coefficients(std::span<const Value> inputs, const Attributes& attributes)
{
    const Tensor& input = inputs[0].tensor();
    const bool hasWeight = inputs.size() > 2 && !inputs[2].tensor().isNone();
    if (!hasProbabilities(input, inputs[1].tensor()))
        return classCoefficients(input, inputs[1].tensor(), hasWeight ? &inputs[2].tensor() : nullptr, attributes);
    const Value m = smoothed(inputs[1], input.shape(), smoothingOf(attributes));
    const std::int64_t classes = input.shape()[classDim(input.shape())];
    const double examples = input.size() == 0 ? 0 : double(input.size() / classes);
    return Coefficients{hasWeight ? m * spreadWeight(inputs[2], input.shape()) : m, examples};
}

}  // namespace

Failure refusedReduction(const Attributes& attributes)
{
    const std::string& reduction = reductionOf(attributes);
    if (reduction == "mean" || reduction == "sum" || reduction == "none")
        return std::nullopt;
    return valueError(reduction + " is not a valid value for reduction");
}

Result<Types> inferCrossEntropy(const Call<TensorType>& call)
{
    if (const auto refusal = refusedReduction(call.attributes))
        return *refusal;
    const TensorType& input = call.x(0);
    const bool isProbability = input.shape == call.x(1).shape;
    if (const auto refusal = isProbability ? refusedProbabilities(call) : refusedClasses(call))
        return *refusal;
    const bool isReduced = reductionOf(call.attributes) != "none";
    return Types{{isProbability ? promotedDType(call.inputs) : input.dtype,
                  isReduced ? Shape() : withoutClasses(input.shape)}};
}

Result<Tensors> forwardCrossEntropy(const Call<Tensor>& call)
{
    const Values inputs(call.inputs.begin(), call.inputs.end());
    const auto found = coefficients(inputs, call.attributes);
    if (!found)
        return found.error();
    const auto dim = std::int64_t(classDim(call.x().shape()));
    const std::string& reduction = reductionOf(call.attributes);
    const Value terms = logSoftmax(inputs[0], dim) * found->m;
    if (hasProbabilities(call.x(0), call.x(1))) {
        const Value total = -(reduction == "none" ? sum(terms, {dim}, false) : sum(terms));
        return Tensors{(reduction == "mean" ? total / found->total : total).tensor()};
    }
    // Of an ignored target the loss is 0, not -0; so is the loss of a single example, which PyTorch adds up.
    const Value counted = sum(where(found->counts, terms, 0.0), {dim}, false);
    const Value ignored = equal(sum(found->counts, {dim}, false), 0.0);
    const Value losses = where(ignored, 0.0, -counted);
    if (reduction == "none")
        return Tensors{(dim == 0 ? losses + 0.0 : losses).tensor()};
    const Value total = sum(losses);
    return Tensors{(reduction == "sum" ? total : total / found->total).tensor()};
}

Gradients crossEntropyVjp(const VjpCall& call)
{
    const auto requiresGrad = [](const Value& value) { return value.requiresGrad(); };
    if (call.dy().requiresGrad() || std::ranges::any_of(call.inputs, requiresGrad))
        return recordedCrossEntropyVjp(call);
    const Value& x = call.x(0);
    const Shape& shape = x.tensor().shape();
    const auto dim = std::int64_t(classDim(shape));
    const auto [m, total, counts] = *coefficients(call.inputs, call.attributes);
    const std::string& reduction = reductionOf(call.attributes);
    Value dy = call.dy();
    if (reduction == "none")
        dy = unsqueeze(dy, dim);
    else if (reduction == "mean")
        dy = dy / total;

    Gradients gradients(call.inputs.size());
    const bool isProbability = hasProbabilities(x.tensor(), call.x(1).tensor());
    const Value slopes = isProbability ? -m * dy : where(counts, -m * dy, 0.0);
    if (call.needs(0))
        gradients[0] = logSoftmaxBackward(slopes, logSoftmax(x, dim), dim);
    if (!isProbability)
        return gradients;
    const double smoothing = smoothingOf(call.attributes);
    const Value losses = -logSoftmax(x, dim) * dy;
    if (call.needs(1)) {
        const Value slope = call.has(2) ? losses * spreadWeight(call.x(2), shape) : losses;
        gradients[1] = smoothing > 0 ? scaled(slope, 1 - smoothing) : slope;
    }
    if (call.has(2) && call.needs(2)) {
        const Value slope = losses * smoothed(call.x(1), shape, smoothing);
        gradients[2] = reshape(sumTo(slope, spreadWeight(call.x(2), shape).tensor().shape()),
                               call.x(2).tensor().shape());
    }
    return gradients;
}

/// PyTorch takes a target of shape [1] for one example, and stumbles over it on the way back.
Failure refusedCrossEntropyVjp(const VjpCall& call)
{
    const Shape& input = call.x(0).tensor().shape();
    const Shape& target = call.x(1).tensor().shape();
    if (!call.needs(0) || input.size() != 1 || target.size() != 1 || input == target)
        return std::nullopt;
    return runtimeError("size mismatch (got input: " + text(input) + ", target: " + text(target) + ")");
}

std::string_view crossEntropyGradFn(const Call<Value>& call, const Tensor&)
{
    const std::string& reduction = reductionOf(call.attributes);
    const Tensor& logits = call.x(0).tensor();
    if (hasProbabilities(logits, call.x(1).tensor()))
        return reduction == "mean" && logits.size() > 0 ? "DivBackward1" : "NegBackward0";
    if (smoothingOf(call.attributes) > 0)
        return "AddBackward0";
    const std::size_t rank = logits.rank();
    if (rank < 3)
        return "NllLossBackward0";
    return reduction == "none" && rank != 4 ? "ViewBackward0" : "NllLoss2DBackward0";
}

}  // namespace chainrule
