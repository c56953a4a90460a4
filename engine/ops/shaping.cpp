// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/product_gradients.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/ops/views.h"
#include "engine/tensor/kernels/moves.h"

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};

Attributes dimAttribute(std::int64_t dim)
{
    return {{"dim", dim}};
}

/// One output with the input's dtype.
Types shaped(const Call<TensorType>& call, Shape shape)
{
    return {{call.x().dtype, std::move(shape)}};
}

// reshape, flatten

Tensor reshaped(const Tensor& x, const Shape& shape)
{
    if (const auto strides = viewStrides(x.shape(), x.strides(), shape))
        return x.restrided(shape, *strides);
    return kernel::contiguous(x).restrided(shape, contiguousStrides(shape));
}

std::string_view reshapeGradFn(const Call<Value>& call, const Tensor& output)
{
    const Tensor& x = call.x().tensor();
    if (x.isContiguous())
        return "ViewBackward0";
    return viewStrides(x.shape(), x.strides(), output.shape()) ? "ReshapeAliasBackward0" : "UnsafeViewBackward0";
}

bool staysInPlace(const Call<Value>& call, const Tensor& output)
{
    const Tensor& x = call.x().tensor();
    return viewStrides(x.shape(), x.strides(), output.shape()).has_value();
}

Gradients reshapeVjp(const VjpCall& call)
{
    return {viewed(call.dy(), call.x().tensor().shape())};
}

/// `sizes` with a -1 filled in.
Result<Shape> completedShape(const IntList& sizes, std::int64_t count)
{
    std::optional<std::size_t> open;
    std::int64_t known = 1;
    bool fits = true;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] == -1 && open)
            return runtimeError("only one dimension can be inferred");
        if (sizes[i] == -1)
            open = i;
        else if (sizes[i] < 0)
            return runtimeError("invalid shape dimension " + std::to_string(sizes[i]) + " at index "
                                + std::to_string(i) + " of shape " + text(sizes));
        else
            fits = !__builtin_mul_overflow(known, sizes[i], &known) && fits;
    }
    if (!fits || (known != count && !(open && known > 0 && count % known == 0)))
        return runtimeError("shape '" + text(sizes) + "' is invalid for input of size " + std::to_string(count));
    Shape shape(sizes.begin(), sizes.end());
    if (open && known == 0)
        return runtimeError("cannot reshape tensor of 0 elements into shape " + text(sizes)
                            + " because the unspecified dimension size -1 can be any value and is ambiguous");
    if (open)
        shape[*open] = count / known;
    if (const auto refusal = checked(shape))
        return *refusal;
    return shape;
}

Result<Types> inferReshape(const Call<TensorType>& call)
{
    auto shape = completedShape(call.attribute<IntList>("shape"), elementCount(call.x().shape));
    if (!shape)
        return shape.error();
    return shaped(call, *std::move(shape));
}

/// The dims from the first to the last that become one; both wrapped.
Result<std::pair<std::size_t, std::size_t>> flattenedDims(const Attributes& attributes, std::size_t rank)
{
    const auto first = wrappedDim(std::get<std::int64_t>(attributes.find("start_dim")->second), rank);
    if (!first)
        return first.error();
    const auto last = wrappedDim(std::get<std::int64_t>(attributes.find("end_dim")->second), rank);
    if (!last)
        return last.error();
    if (*first > *last)
        return runtimeError("flatten() has invalid args: start_dim cannot come after end_dim");
    return std::pair(*first, *last);
}

Result<Types> inferFlatten(const Call<TensorType>& call)
{
    const Shape& from = call.x().shape;
    const auto dims = flattenedDims(call.attributes, from.size());
    if (!dims)
        return dims.error();
    if (from.empty())
        return shaped(call, {1});
    Shape shape(from.begin(), from.begin() + dims->first + 1);
    for (std::size_t d = dims->first + 1; d < from.size(); ++d) {
        if (d <= dims->second)
            shape.back() *= from[d];
        else
            shape.push_back(from[d]);
    }
    return shaped(call, shape);
}

/// Runs what needs the output's shape and nothing but it.
template <Result<Types> (*infer)(const Call<TensorType>&), Tensor (*move)(const Tensor&, const Shape&)>
Result<Tensors> forwardTo(const Call<Tensor>& call)
{
    const TensorType types[] = {call.x().type()};
    const auto inferred = infer({types, call.attributes});
    if (!inferred)
        return inferred.error();
    return Tensors{move(call.x(), inferred->front().shape)};
}

// squeeze, unsqueeze

/// Which dims go: those asked for, if their size is 1.
Result<InlineVector<bool, 16>> squeezedDims(const Attribute& dim, const Shape& shape)
{
    InlineVector<bool, 16> goes(shape.size(), true);
    if (!std::holds_alternative<None>(dim)) {
        const auto* const one = std::get_if<std::int64_t>(&dim);
        const auto asked = dimMask(one ? std::span(one, 1) : std::span(std::get<IntList>(dim)), shape.size());
        if (!asked)
            return asked;
        goes = *asked;
    }
    for (std::size_t d = 0; d < shape.size(); ++d)
        goes[d] = goes[d] && shape[d] == 1;
    return goes;
}

Result<Types> inferSqueeze(const Call<TensorType>& call)
{
    const auto goes = squeezedDims(call.attributes.find("dim")->second, call.x().shape);
    if (!goes)
        return goes.error();
    return shaped(call, reducedShape(call.x().shape, *goes, false));
}

Gradients squeezeVjp(const VjpCall& call)
{
    const Shape& shape = call.x().tensor().shape();
    const auto gone = *squeezedDims(call.attributes.find("dim")->second, shape);
    Value gradient = call.dy();
    for (std::size_t d = 0; d < shape.size(); ++d)
        if (gone[d])
            gradient = unsqueeze(gradient, std::int64_t(d));
    return {gradient};
}

std::string_view squeezeGradFn(const Call<Value>& call, const Tensor&)
{
    if (call.isNone("dim"))
        return "SqueezeBackward0";
    const bool isOne = std::holds_alternative<std::int64_t>(call.attributes.find("dim")->second);
    return isOne ? "SqueezeBackward1" : "SqueezeBackward2";
}

Result<Types> inferUnsqueeze(const Call<TensorType>& call)
{
    Shape shape = call.x().shape;
    const auto dim = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size() + 1);
    if (!dim)
        return dim.error();
    shape.insert(shape.begin() + *dim, 1);
    if (const auto refusal = checked(shape))
        return *refusal;
    return shaped(call, shape);
}

/// The same elements in the same order: dims of size 1 came or went.
Tensor seenAs(const Tensor& x, const Shape& shape)
{
    return x.restrided(shape, *viewStrides(x.shape(), x.strides(), shape));
}

std::vector<Attributes> everyNewDim(const TensorType& given)
{
    std::vector<Attributes> all;
    for (std::size_t dim = 0; dim <= given.shape.size(); ++dim)
        all.push_back({{"dim", std::int64_t(dim)}});
    return all;
}

}  // namespace

std::vector<Op> shapingOps()
{
    using namespace sample;
    const auto ints = [](std::string_view name, IntList values) { return Attributes{{std::string(name), values}}; };
    const auto range = [](std::int64_t first, std::int64_t last) {
        return Attributes{{"start_dim", first}, {"end_dim", last}};
    };
    return {
        Op{
            .name = "reshape",
            .category = Category::Shaping,
            .summary = "Shows the same elements, in the same order, in another shape.",
            .parameters = {input,
                           {.name = "shape",
                            .kind = Kind::Ints,
                            .help = "the new sizes; one of them may be -1 and is worked out"}},
            .formula = "y = x, counted row by row, in the new shape",
            .gradient = "dx = dy in the shape of x",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.reshape",
            .overloads = {"(Tensor input, int[] shape)"},
            .gradFn = {"ViewBackward0", reshapeGradFn},
            .saves = {},
            .gradFns = traces::reshape,
            .infer = inferReshape,
            .forward = forwardTo<inferReshape, reshaped>,
            .vjp = reshapeVjp,
            .isView = staysInPlace,
            .samples = {{"matrix", {values({2, 3})}, ints("shape", {3, 2})},
                        {"inferred", {values({2, 3, 2})}, ints("shape", {-1, 4})},
                        {"same", {values({2, 3})}, ints("shape", {2, 3})},
                        {"to_scalar", {values({1})}, ints("shape", {})},
                        {"from_scalar", {scalar(2)}, ints("shape", {1, 1, 1})},
                        {"permuted", {transposed(values({3, 4}))}, ints("shape", {12})},
                        {"permuted_view", {transposed(values({3, 4}))}, ints("shape", {3, 2, 2})},
                        {"permuted_same", {transposed(values({3, 4}))}, ints("shape", {3, 4})},
                        {"rank_4", {values({2, 1, 2, 3})}, ints("shape", {4, 3})},
                        {"empty", {values({0, 3})}, ints("shape", {3, 0, 2})},
                        {"empty_inferred", {values({0, 3})}, ints("shape", {-1, 3})},
                        {"integers", {integers({2, 3}, 0, 9)}, ints("shape", {6})},
                        {"booleans", {booleans({4})}, ints("shape", {2, 2})}},
            .errors = {{"count", {values({2, 3})}, ints("shape", {4})},
                       {"not_divisible", {values({2, 3})}, ints("shape", {4, -1})},
                       {"two_open", {values({2, 3})}, ints("shape", {-1, -1})},
                       {"negative", {values({2, 3})}, ints("shape", {-2, 3})},
                       {"ambiguous", {values({0, 3})}, ints("shape", {-1, 0})},
                       {"to_scalar", {values({3})}, ints("shape", {})},
                       {"number", {Tensor::number(2.0)}, ints("shape", {1})},
                       {"missing", {values({2, 3})}}},
        },
        Op{
            .name = "flatten",
            .category = Category::Shaping,
            .summary = "Merges neighbouring dimensions into one.",
            .parameters = {input,
                           {.name = "start_dim",
                            .kind = Kind::Int,
                            .help = "the first dimension that is merged",
                            .fallback = std::int64_t(0)},
                           {.name = "end_dim",
                            .kind = Kind::Int,
                            .help = "the last dimension that is merged",
                            .fallback = std::int64_t(-1)}},
            .formula = "y = x with the dims start_dim to end_dim as one",
            .gradient = "dx = dy in the shape of x",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.flatten",
            .overloads = {"(Tensor input, int start_dim=0, int end_dim=-1)"},
            .gradFn = {"ViewBackward0", reshapeGradFn},
            .saves = {},
            .gradFns = traces::reshape,
            .infer = inferFlatten,
            .forward = forwardTo<inferFlatten, reshaped>,
            .vjp = reshapeVjp,
            .returnsInput = [](const Call<Tensor>& call) {
                const auto merged = flattenedDims(call.attributes, call.x().rank());
                return call.x().rank() > 0 && merged->first == merged->second;
            },
            .isView = staysInPlace,
            .samples = {{"matrix", {values({2, 3})}},
                        {"images", {values({2, 1, 2, 3})}, range(1, -1)},
                        {"middle", {values({2, 2, 3, 1})}, range(1, 2)},
                        {"negative", {values({2, 2, 3})}, range(-2, -1)},
                        {"nothing", {values({2, 3})}, range(1, 1)},
                        {"vector", {values({3})}},
                        {"scalar", {scalar(3)}},
                        {"permuted", {transposed(values({3, 4}))}},
                        {"permuted_view", {transposed(values({2, 3, 4}))}, range(1, 1)},
                        {"empty", {values({2, 0, 3})}, range(1, 2)},
                        {"integers", {integers({2, 3}, 0, 9)}},
                        {"booleans", {booleans({2, 2})}}},
            .errors = {{"order", {values({2, 3, 4})}, range(1, 0)},
                       {"start", {values({2, 3})}, range(2, -1)},
                       {"end", {values({2, 3})}, range(0, 5)},
                       {"scalar", {scalar(1)}, range(1, 0)},
                       {"number", {Tensor::number(2.0)}}},
        },
        Op{
            .name = "squeeze",
            .category = Category::Shaping,
            .summary = "Removes dimensions of size 1.",
            .parameters = {input,
                           {.name = "dim",
                            .kind = Kind::IntOrInts,
                            .help = "which dimensions, if their size is 1; None: all",
                            .fallback = None(),
                            .acceptsNone = true}},
            .formula = "y = x without its dims of size 1",
            .gradient = "dx = dy with the dims of size 1 put back",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.squeeze",
            .overloads = {"(Tensor input)",
                          "(Tensor input, int dim)",
                          "(Tensor input, int[] dim)"},
            .gradFn = {"SqueezeBackward0", squeezeGradFn},
            .saves = {},
            .infer = inferSqueeze,
            .forward = forwardTo<inferSqueeze, seenAs>,
            .vjp = squeezeVjp,
            .isView = alwaysView,
            .samples = {{"all", {values({1, 3, 1})}},
                        {"one", {values({1, 3, 1})}, dimAttribute(0)},
                        {"negative", {values({1, 3, 1})}, dimAttribute(-1)},
                        {"size_not_1", {values({1, 3, 1})}, dimAttribute(1)},
                        {"several", {values({1, 3, 1, 1})}, ints("dim", {0, -1})},
                        {"none_of_them", {values({1, 3})}, ints("dim", {})},
                        {"vector", {values({3})}},
                        {"vector_of_one", {values({1})}, dimAttribute(-1)},
                        {"rank_4", {values({1, 2, 1, 3})}},
                        {"to_scalar", {values({1, 1})}},
                        {"scalar", {scalar(2)}, dimAttribute(0)},
                        {"permuted", {transposed(values({1, 3, 2}))}, dimAttribute(0)},
                        {"empty", {values({1, 0, 1})}},
                        {"integers", {integers({1, 3}, 0, 9)}},
                        {"booleans", {booleans({3, 1})}}},
            .errors = {{"dim", {values({2, 3})}, dimAttribute(2)},
                       {"scalar", {scalar(1)}, dimAttribute(1)},
                       {"list", {values({2, 3})}, ints("dim", {2})},
                       {"twice", {values({1, 3})}, ints("dim", {0, -2})},
                       {"same_twice", {values({1, 3})}, ints("dim", {0, 0})},
                       {"number", {Tensor::number(2.0)}}},
        },
        Op{
            .name = "unsqueeze",
            .category = Category::Shaping,
            .summary = "Inserts a dimension of size 1.",
            .parameters = {input, {.name = "dim", .kind = Kind::Int, .help = "the place of the new dimension"}},
            .formula = "y = x with a new dimension of size 1",
            .gradient = "dx = dy without that dimension",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.unsqueeze",
            .overloads = {"(Tensor input, int dim)"},
            .gradFn = {"UnsqueezeBackward0"},
            .saves = {},
            .infer = inferUnsqueeze,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const auto dim = wrappedDim(call.attribute<std::int64_t>("dim"), call.x().rank() + 1);
                return Tensors{unsqueezedView(call.x(), *dim)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                return {squeeze(call.dy(), call.attribute<std::int64_t>("dim"))};
            },
            .isView = alwaysView,
            .repairs = {Repair::Sizes, everyNewDim},
            .samples = {{"front", {values({3})}, dimAttribute(0)},
                        {"back", {values({3})}, dimAttribute(-1)},
                        {"middle", {values({2, 3, 2})}, dimAttribute(1)},
                        {"negative", {values({2, 3})}, dimAttribute(-3)},
                        {"rank_4", {values({2, 1, 3, 2})}, dimAttribute(-2)},
                        {"scalar", {scalar(2)}, dimAttribute(0)},
                        {"permuted", {transposed(values({3, 2}))}, dimAttribute(1)},
                        {"empty", {values({0})}, dimAttribute(1)},
                        {"integers", {integers({3}, 0, 9)}, dimAttribute(0)},
                        {"booleans", {booleans({3})}, dimAttribute(1)}},
            .errors = {{"dim", {values({2, 3})}, dimAttribute(3)},
                       {"negative", {values({2, 3})}, dimAttribute(-4)},
                       {"scalar", {scalar(1)}, dimAttribute(1)},
                       {"number", {Tensor::number(2.0)}, dimAttribute(0)},
                       {"missing", {values({2, 3})}}},
        },
    };
}

}  // namespace chainrule
