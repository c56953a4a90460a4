// SPDX-License-Identifier: GPL-3.0-or-later
// Of the operations that rules are made of, those that say which elements a gradient belongs to.
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/extremum.h"
#include "engine/tensor/kernels/moves.h"
#include "engine/tensor/kernels/reduction.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter selfParameter{.name = "self", .kind = Kind::Tensor, .help = "any shape"};
const Parameter maskParameter{
    .name = "mask", .kind = Kind::Tensor, .help = "True where an element is replaced", .differentiable = false};
const Parameter chooserParameter{
    .name = "mask", .kind = Kind::Tensor, .help = "True where an element is taken", .differentiable = false};
const Parameter dimParameter{.name = "dim", .kind = Kind::Int, .help = "the dimension along which is counted"};
const Parameter indexParameter{
    .name = "index", .kind = Kind::Tensor, .help = "the places along dim", .differentiable = false};

Result<Types> inferMasked(const Call<TensorType>& call)
{
    return Types{{call.x().dtype, call.x().shape}};
}

std::size_t along(const Attributes& attributes, std::size_t rank)
{
    return *wrappedDim(std::get<std::int64_t>(attributes.find("dim")->second), rank);
}

/// What stands at `index` along dim, which becomes 1. A mask chooses, so that NaN elsewhere stays there.
Result<Tensors> forwardGather(const Call<Tensor>& call)
{
    const Tensor& x = call.x();
    if (x.rank() == 0)
        return Tensors{x};
    const std::size_t dim = along(call.attributes, x.rank());
    const Tensor taken = kernel::where(kernel::takenAt(call.x(1), x.shape(), dim), x, Tensor::number(0.0), x.dtype());
    InlineVector<bool, 16> reduced(x.rank(), false);
    reduced[dim] = true;
    return Tensors{kernel::sum(taken, reduced, true, x.dtype())};
}

/// x plus what comes for `index` along dim, where that has size 1. Elsewhere x stays, NaN and the sign of zero too.
Result<Tensors> forwardScatterAdd(const Call<Tensor>& call)
{
    const Tensor& x = call.x();
    const Tensor total = kernel::add(x, call.x(2), std::int64_t(1), x.dtype());
    if (x.rank() == 0)
        return Tensors{total};
    return Tensors{kernel::where(kernel::takenAt(call.x(1), x.shape(), along(call.attributes, x.rank())), total, x, x.dtype())};
}

Value gather(const Value& x, std::int64_t dim, const Value& index)
{
    static const Op& op = operation("gather");
    return applied(op, {x, index}, {{"dim", dim}});
}

Value scatterAdd(const Value& x, std::int64_t dim, const Value& index, const Value& source)
{
    static const Op& op = operation("scatter_add");
    return applied(op, {x, index, source}, {{"dim", dim}});
}

Value maskedSelect(const Value& x, const Value& mask)
{
    static const Op& op = operation("masked_select");
    return applied(op, {x, mask});
}

Value maskedScatter(const Value& x, const Value& mask, const Value& source)
{
    static const Op& op = operation("masked_scatter");
    return applied(op, {x, mask, source});
}

Value maskedScatterBackward(const Value& dy, const Value& mask, const Shape& sizes)
{
    static const Op& op = operation("masked_scatter_backward");
    return applied(op, {dy, mask}, {{"sizes", IntList(sizes.begin(), sizes.end())}});
}

/// dy as the search kept its dim: with size 1.
Value kept(const Value& x, const Attributes& attributes, std::size_t rank)
{
    const bool isKept = rank == 0 || std::get<bool>(attributes.find("keepdim")->second);
    return isKept ? x : unsqueeze(x, std::int64_t(along(attributes, rank)));
}

Shape sizesOf(const Attributes& attributes)
{
    const IntList& sizes = std::get<IntList>(attributes.find("sizes")->second);
    return Shape(sizes.begin(), sizes.end());
}

Result<Tensors> forwardScattered(const Call<Tensor>& call)
{
    const Shape sizes = sizesOf(call.attributes);
    if (sizes.empty())
        return Tensors{call.x()};
    const Tensor mask = kernel::takenAt(call.x(1), sizes, along(call.attributes, sizes.size()));
    const Tensor dy = kept(call.x(), call.attributes, sizes.size()).tensor();
    return Tensors{kernel::where(mask, dy, Tensor::number(0.0), call.x().dtype())};
}

Gradients scatteredVjp(const VjpCall& call)
{
    const std::size_t rank = sizesOf(call.attributes).size();
    const auto dim = std::int64_t(along(call.attributes, rank));
    const Value taken = gather(call.dy(), dim, kept(call.x(1), call.attributes, rank));
    return {rank == 0 || call.attribute<bool>("keepdim") ? taken : squeeze(taken, dim), std::nullopt};
}

/// What the mask lets through, and zeros until there are as many as the sizes say.
Result<Tensors> forwardMaskedScatterBackward(const Call<Tensor>& call)
{
    const Shape sizes = sizesOf(call.attributes);
    const Tensor taken = kernel::selected(call.x(), call.x(1));
    const Tensor filled = kernel::placedInZeros(taken, {elementCount(sizes)}, 0, 0, 1);
    return Tensors{filled.restrided(sizes, contiguousStrides(sizes))};
}

std::vector<Sample> maskSamples(std::initializer_list<Tensor> value, Attributes attributes)
{
    using namespace sample;
    const auto with = [&](const Tensor& x, const Tensor& mask) {
        Sample one{"", {x, mask}, attributes};
        one.inputs.insert(one.inputs.end(), value.begin(), value.end());
        return one;
    };
    std::vector<Sample> all = {with(values({2, 3}), booleans({2, 3})), with(scalar(2), booleans({})),
                               with(values({0, 2}), booleans({0, 2})), with(vector({NAN, 1}), booleans({2}))};
    const char* const labels[] = {"matrix", "scalar", "empty", "nan"};
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].label = labels[i];
    return all;
}

}  // namespace

Value maskedFill(const Value& x, const Value& mask, double value)
{
    static const Op& op = operation("masked_fill.Scalar");
    return applied(op, {x, mask}, {{"value", value}});
}

Value maskedFill(const Value& x, const Value& mask, const Value& value)
{
    static const Op& op = operation("masked_fill.Tensor");
    return applied(op, {x, mask, value});
}

Value scattered(const Value& dy, std::int64_t dim, const Value& indices, const Shape& sizes, bool keepdim)
{
    static const Op& op = operation("value_selecting_reduction_backward");
    return applied(op, {dy, indices},
                   {{"dim", dim}, {"sizes", IntList(sizes.begin(), sizes.end())}, {"keepdim", keepdim}});
}

std::vector<Op> choiceOps()
{
    using namespace sample;
    return {
        Op{
            .name = "masked_fill.Scalar",
            .category = Category::Internal,
            .summary = "A number where a mask says so, the elements themselves elsewhere.",
            .parameters = {selfParameter, maskParameter, {.name = "value", .kind = Kind::Float, .help = "the number"}},
            .formula = "y = value where mask, else x",
            .gradient = "dx = 0 where mask, else dy",
            .pictures = {{Picture::Mask, "1 where not mask"}, {Picture::Nothing}},
            .torch = "torch.ops.aten.masked_fill.Scalar",
            .gradFn = {"MaskedFillBackward0"},
            .saves = {{"mask"}},
            .infer = inferMasked,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const Tensor value = Tensor::number(call.attribute<double>("value"));
                return Tensors{kernel::where(call.x(1), value, call.x(), call.x().dtype())};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                return {maskedFill(call.dy(), call.x(1), 0.0), std::nullopt};
            },
            .samples = maskSamples({}, {{"value", 2.5}}),
        },
        Op{
            .name = "masked_fill.Tensor",
            .category = Category::Internal,
            .summary = "One element where a mask says so, the elements themselves elsewhere.",
            .parameters = {selfParameter, maskParameter, {.name = "value", .kind = Kind::Tensor, .help = "a single element"}},
            .formula = "y = value where mask, else x",
            .gradient = "dx = 0 where mask, else dy; dvalue = sum of dy where mask",
            .pictures = {{Picture::Mask, "1 where not mask"}, {Picture::Nothing}, {Picture::General}},
            .torch = "torch.ops.aten.masked_fill.Tensor",
            .gradFn = {"MaskedFillBackward1"},
            .saves = {{"mask"}},
            .infer = inferMasked,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::where(call.x(1), call.x(2), call.x(), call.x().dtype())};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(3);
                if (call.needs(0))
                    gradients[0] = maskedFill(call.dy(), call.x(1), 0.0);
                if (call.needs(2))
                    gradients[2] = sum(maskedSelect(call.dy(), call.x(1)));
                return gradients;
            },
            .samples = maskSamples({scalar(-1.5)}, {}),
        },
        Op{
            .name = "masked_select",
            .category = Category::Internal,
            .summary = "The elements where a mask says so, behind each other.",
            .parameters = {selfParameter, chooserParameter},
            .shapeFromValues = true,
            .formula = "y = x[mask]",
            .gradient = "dx = zeros, dx[mask] = dy",
            .pictures = {{Picture::General}, {Picture::Nothing}},
            .torch = "torch.masked_select",
            .gradFn = {"MaskedSelectBackward0"},
            .saves = {{"mask"}, {"self"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> { return Types{{call.x().dtype, {0}}}; },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::selected(call.x(), call.x(1))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                return {maskedScatter(zerosLike(call.x()), call.x(1), call.dy()), std::nullopt};
            },
            .samples = maskSamples({}, {}),
        },
        Op{
            .name = "masked_scatter",
            .category = Category::Internal,
            .summary = "The elements of a source, one after the other, where a mask says so.",
            .parameters = {selfParameter, maskParameter,
                           {.name = "source", .kind = Kind::Tensor, .help = "at least as many elements as are replaced"}},
            .formula = "y = x, y[mask] = source[0], source[1], ..",
            .gradient = "dx = 0 where mask, else dy; dsource = dy[mask], zeros for what was not used",
            .pictures = {{Picture::General}, {Picture::Nothing}, {Picture::General}},
            .torch = "torch.masked_scatter",
            .gradFn = {"MaskedScatterBackward0"},
            .saves = {{"mask"}},
            .infer = inferMasked,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::replaced(call.x(), call.x(1), call.x(2))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(3);
                if (call.needs(0))
                    gradients[0] = maskedFill(call.dy(), call.x(1), 0.0);
                if (call.needs(2))
                    gradients[2] = maskedScatterBackward(call.dy(), call.x(1), call.x(2).tensor().shape());
                return gradients;
            },
            .samples = maskSamples({values({6}, 1)}, {}),
        },
        Op{
            .name = "masked_scatter_backward",
            .category = Category::Internal,
            .summary = "The gradient of masked_scatter for its source.",
            .parameters = {{.name = "grad_output", .kind = Kind::Tensor, .help = "the upstream gradient"}, chooserParameter,
                           {.name = "sizes", .kind = Kind::Ints, .help = "the shape of the source"}},
            .formula = "g = dy[mask], and zeros for what was not used",
            .gradient = "d(dy) = zeros, d(dy)[mask] = dg[0], dg[1], ..",
            .pictures = {{Picture::General}, {Picture::Nothing}},
            .torch = "torch.ops.aten.masked_scatter_backward",
            .gradFn = {"MaskedScatterBackwardBackward0"},
            .saves = {{"mask"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{{call.x().dtype, sizesOf(call.attributes)}};
            },
            .forward = forwardMaskedScatterBackward,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {maskedScatter(zerosLike(call.x()), call.x(1), call.dy()), std::nullopt};
            },
            .samples = maskSamples({}, {{"sizes", IntList{2, 3}}}),
        },
        Op{
            .name = "scatter_add",
            .category = Category::Internal,
            .summary = "Adds one element along a dimension, each in a place of its own.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape"}, dimParameter, indexParameter,
                           {.name = "src", .kind = Kind::Tensor, .help = "what is added, of the shape of index"}},
            .formula = "y = x, y[.., index[.., 0, ..], ..] += src[.., 0, ..]",
            .gradient = "dx = dy; dsrc = dy[.., index[.., 0, ..], ..]",
            .pictures = {{Picture::Unchanged}, {Picture::Nothing}, {Picture::Cut}},
            .torch = "torch.scatter_add",
            .gradFn = {"ScatterAddBackward0"},
            .saves = {{"index", 0b100}},
            .infer = inferMasked,
            .forward = forwardScatterAdd,
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(3);
                if (call.needs(0))
                    gradients[0] = call.dy();
                if (call.needs(2))
                    gradients[2] = gather(call.dy(), call.attribute<std::int64_t>("dim"), call.x(1));
                return gradients;
            },
            .samples = {{"rows", {values({2, 3}), integers({2, 1}, 0, 2), values({2, 1}, 1)}, {{"dim", std::int64_t(1)}}},
                        {"columns", {vector({NAN, -0.0, 3}), integers({1}, 2, 2), vector({2})}, {{"dim", std::int64_t(-1)}}},
                        {"scalar", {scalar(2), integers({}, 0, 0), scalar(-0.5)}, {{"dim", std::int64_t(0)}}}},
        },
        Op{
            .name = "value_selecting_reduction_backward",
            .category = Category::Internal,
            .summary = "Zeros, with a gradient in the places that a search found.",
            .parameters = {{.name = "grad", .kind = Kind::Tensor, .help = "the gradient of what was found"}, dimParameter,
                           {.name = "indices", .kind = Kind::Tensor, .help = "where it was found",
                            .differentiable = false},
                           {.name = "sizes", .kind = Kind::Ints, .help = "the shape of what was searched"},
                           {.name = "keepdim", .kind = Kind::Bool, .help = "whether the search kept its dim"}},
            .formula = "y = zeros(sizes), y[.., indices, ..] = x",
            .gradient = "dx = dy[.., indices, ..]",
            .pictures = {{Picture::Cut}, {Picture::Nothing}},
            .torch = "torch.ops.aten.value_selecting_reduction_backward",
            .gradFn = {"ScatterBackward0"},
            .saves = {{"index"}},
            .gradFns = traces::valueSelectingReductionBackward,
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{{call.x().dtype, sizesOf(call.attributes)}};
            },
            .forward = forwardScattered,
            .vjp = scatteredVjp,
            .samples = {{"rows", {values({2}), integers({2}, 0, 2)},
                         {{"dim", std::int64_t(1)}, {"sizes", IntList{2, 3}}, {"keepdim", false}}},
                        {"columns_kept", {values({1, 3}), integers({1, 3}, 0, 1)},
                         {{"dim", std::int64_t(0)}, {"sizes", IntList{2, 3}}, {"keepdim", true}}},
                        {"scalar", {scalar(2), integers({}, 0, 0)},
                         {{"dim", std::int64_t(0)}, {"sizes", IntList{}}, {"keepdim", false}}}},
        },
        Op{
            .name = "gather",
            .category = Category::Internal,
            .summary = "One element along a dimension, each from a place of its own.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape"}, dimParameter, indexParameter},
            .formula = "y[.., 0, ..] = x[.., index[.., 0, ..], ..]",
            .gradient = "dx = dy at those places, 0 elsewhere",
            .pictures = {{Picture::Scattered}, {Picture::Nothing}},
            .torch = "torch.gather",
            .gradFn = {"GatherBackward0"},
            .saves = {{"index"}, {"self"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{{call.x().dtype, call.x(1).shape}};
            },
            .forward = forwardGather,
            .vjp = [](const VjpCall& call) -> Gradients {
                const auto dim = call.attribute<std::int64_t>("dim");
                return {scatterAdd(zerosLike(call.x()), dim, call.x(1), call.dy()), std::nullopt};
            },
            .samples = {{"rows", {values({2, 3}), integers({2, 1}, 0, 2)}, {{"dim", std::int64_t(1)}}},
                        {"columns", {vector({NAN, 2, 3}), integers({1}, 1, 1)}, {{"dim", std::int64_t(0)}}},
                        {"scalar", {scalar(2), integers({}, 0, 0)}, {{"dim", std::int64_t(0)}}}},
        },
    };
}

}  // namespace chainrule
