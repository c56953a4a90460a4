// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/views.h"

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};

/// One output with the input's dtype.
Types shaped(const Call<TensorType>& call, Shape shape)
{
    return {{call.x().dtype, std::move(shape)}};
}

// transpose, permute

Result<Types> inferPermute(const Call<TensorType>& call)
{
    const IntList& dims = call.attribute<IntList>("dims");
    const Shape& from = call.x().shape;
    if (dims.size() != from.size())
        return runtimeError("permute(sparse_coo): number of dimensions in the tensor input does not match the length "
                            "of the desired ordering of dimensions i.e. input.dim() = "
                            + std::to_string(from.size()) + " is not equal to len(dims) = "
                            + std::to_string(dims.size()));
    InlineVector<bool, 16> isTaken(from.size(), false);
    Shape shape;
    for (const std::int64_t dim : dims) {
        const auto wrapped = wrappedDim(dim, from.size());
        if (!wrapped)
            return wrapped.error();
        if (std::exchange(isTaken[*wrapped], true))
            return runtimeError("permute(): duplicate dims are not allowed.");
        shape.push_back(from[*wrapped]);
    }
    return shaped(call, shape);
}

Gradients permuteVjp(const VjpCall& call)
{
    const IntList& dims = call.attribute<IntList>("dims");
    IntList inverse(dims.size());
    for (std::size_t i = 0; i < dims.size(); ++i)
        inverse[*wrappedDim(dims[i], dims.size())] = std::int64_t(i);
    return {permute(call.dy(), inverse)};
}

Result<Types> inferTranspose(const Call<TensorType>& call)
{
    Shape shape = call.x().shape;
    const auto first = wrappedDim(call.attribute<std::int64_t>("dim0"), shape.size());
    if (!first)
        return first.error();
    const auto second = wrappedDim(call.attribute<std::int64_t>("dim1"), shape.size());
    if (!second)
        return second.error();
    if (!shape.empty())
        std::swap(shape[*first], shape[*second]);
    return shaped(call, shape);
}

// t

Result<Types> inferT(const Call<TensorType>& call)
{
    const Shape& shape = call.x().shape;
    if (shape.size() > 2)
        return runtimeError("t() expects a tensor with <= 2 dimensions, but self is " + std::to_string(shape.size())
                            + "D");
    return shaped(call, Shape(std::reverse_iterator(shape.end()), std::reverse_iterator(shape.begin())));
}

// expand

Result<Types> inferExpand(const Call<TensorType>& call)
{
    auto shape = expandedShape(call.x(), call.attribute<IntList>("size"));
    if (!shape)
        return shape.error();
    return shaped(call, *std::move(shape));
}

std::vector<Attributes> lastTwoDims(const TensorType& given)
{
    if (given.shape.size() < 2)
        return {};
    const auto rank = std::int64_t(given.shape.size());
    return {{{"dim0", rank - 2}, {"dim1", rank - 1}}};
}

}  // namespace

std::vector<Op> dimensionOps()
{
    using namespace sample;
    const auto ints = [](std::string_view name, IntList values) { return Attributes{{std::string(name), values}}; };
    const auto dims = [](std::int64_t dim0, std::int64_t dim1) { return Attributes{{"dim0", dim0}, {"dim1", dim1}}; };
    return {
        Op{
            .name = "transpose",
            .category = Category::Shaping,
            .summary = "Swaps two dimensions.",
            .parameters = {input,
                           {.name = "dim0", .kind = Kind::Int, .help = "the one dimension"},
                           {.name = "dim1", .kind = Kind::Int, .help = "the dimension that it changes places with"}},
            .formula = "y[.., j, .., i, ..] = x[.., i, .., j, ..]",
            .gradient = "dx = dy with the same two dims swapped back",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.transpose",
            .overloads = {"(Tensor input, int dim0, int dim1)"},
            .gradFn = {"TransposeBackward0"},
            .saves = {},
            .infer = inferTranspose,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{transposedView(call.x(), call.attribute<std::int64_t>("dim0"),
                                              call.attribute<std::int64_t>("dim1"))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                static const Op& op = operation("transpose");
                return {applied(op, {call.dy()}, call.attributes)};
            },
            .isView = alwaysView,
            .repairs = {Repair::Sizes, lastTwoDims},
            .samples = {{"matrix", {values({2, 3})}, dims(0, 1)},
                        {"negative", {values({2, 3, 4})}, dims(-1, -3)},
                        {"same", {values({2, 3})}, dims(1, 1)},
                        {"vector", {values({3})}, dims(0, 0)},
                        {"scalar", {scalar(2)}, dims(0, -1)},
                        {"rank_4", {values({2, 1, 3, 2})}, dims(1, 2)},
                        {"permuted", {transposed(values({3, 2}))}, dims(0, 1)},
                        {"empty", {values({0, 3})}, dims(0, 1)},
                        {"integers", {integers({2, 3}, 0, 9)}, dims(0, 1)},
                        {"booleans", {booleans({2, 3})}, dims(0, 1)}},
            .errors = {{"dim", {values({2, 3})}, dims(0, 2)},
                       {"negative", {values({2, 3})}, dims(-3, 0)},
                       {"scalar", {scalar(1)}, dims(0, 1)},
                       {"missing", {values({2, 3})}, {{"dim0", std::int64_t(0)}}},
                       {"number", {Tensor::number(2.0)}, dims(0, 0)},
                       {"nothing", {values({2, 3})}}},
        },
        Op{
            .name = "t",
            .category = Category::Shaping,
            .summary = "Transposes a matrix; vectors and scalars stay as they are.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "at most two dimensions"}},
            .formula = "y[j, i] = x[i, j]",
            .gradient = "dx = dy^T",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.t",
            .overloads = {"(Tensor input)"},
            .gradFn = {"TBackward0"},
            .saves = {},
            .infer = inferT,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{call.x().rank() < 2 ? call.x() : transposedView(call.x(), 0, 1)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                static const Op& op = operation("t");
                return {applied(op, {call.dy()})};
            },
            .isView = alwaysView,
            .samples = {{"matrix", {values({2, 3})}},
                        {"square", {values({2, 2})}},
                        {"column", {values({3, 1})}},
                        {"vector", {values({3})}},
                        {"scalar", {scalar(2)}},
                        {"permuted", {transposed(values({3, 2}))}},
                        {"empty", {values({0, 3})}},
                        {"integers", {integers({2, 3}, 0, 9)}},
                        {"booleans", {booleans({2, 3})}}},
            .errors = {{"rank_3", {values({2, 3, 4})}},
                       {"rank_4", {values({2, 1, 3, 2})}},
                       {"number", {Tensor::number(1.0)}},
                       {"missing", {}}},
        },
        Op{
            .name = "permute",
            .category = Category::Shaping,
            .summary = "Puts the dimensions in another order.",
            .parameters = {input,
                           {.name = "dims", .kind = Kind::Ints, .help = "every dimension once, in the new order"}},
            .formula = "y = x with dimension dims[i] in place i",
            .gradient = "dx = dy in the old order",
            .pictures = {{Picture::Rearranged}},
            .torch = "torch.permute",
            .overloads = {"(Tensor input, int[] dims)"},
            .gradFn = {"PermuteBackward0"},
            .saves = {},
            .infer = inferPermute,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{permutedView(call.x(), call.attribute<IntList>("dims"))};
            },
            .vjp = permuteVjp,
            .isView = alwaysView,
            .samples = {{"matrix", {values({2, 3})}, ints("dims", {1, 0})},
                        {"cycle", {values({2, 3, 4})}, ints("dims", {2, 0, 1})},
                        {"negative", {values({2, 3, 4})}, ints("dims", {0, -1, 1})},
                        {"rank_4", {values({2, 1, 3, 2})}, ints("dims", {0, 2, 3, 1})},
                        {"vector", {values({3})}, ints("dims", {0})},
                        {"scalar", {scalar(2)}, ints("dims", {})},
                        {"permuted", {transposed(values({2, 3, 2}))}, ints("dims", {1, 2, 0})},
                        {"empty", {values({0, 3, 2})}, ints("dims", {2, 1, 0})},
                        {"integers", {integers({2, 3}, 0, 9)}, ints("dims", {1, 0})},
                        {"booleans", {booleans({2, 3})}, ints("dims", {1, 0})}},
            .errors = {{"too_few", {values({2, 3, 4})}, ints("dims", {0, 1})},
                       {"twice", {values({2, 3, 4})}, ints("dims", {0, 1, 1})},
                       {"range", {values({2, 3, 4})}, ints("dims", {0, 1, 3})},
                       {"number", {Tensor::number(2.0)}, ints("dims", {})}},
        },
        Op{
            .name = "expand",
            .category = Category::Shaping,
            .summary = "Repeats dimensions of size 1, without copying anything.",
            .parameters = {input,
                           {.name = "size",
                            .kind = Kind::Ints,
                            .help = "the new sizes, with new dimensions in front; -1 keeps a size"}},
            .formula = "y = x, repeated along its dims of size 1",
            .gradient = "dx = sum of dy over what was repeated",
            .pictures = {{Picture::Unchanged}},
            .torch = "Tensor.expand",
            .overloads = {"(int[] size, *, bool implicit=False)"},
            .refusal = refusals::method,
            .gradFn = {"ExpandBackward0"},
            .saves = {},
            .infer = inferExpand,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const auto shape = expandedShape(call.x().type(), call.attribute<IntList>("size"));
                if (!shape)
                    return shape.error();
                return Tensors{expandedView(call.x(), *shape)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const bool isScalar = call.y().tensor().rank() == 0;  // Of one, PyTorch records a sum even so.
                return {isScalar && call.dy().requiresGrad() ? sum(call.dy()) : call.dy()};
            },
            .isView = alwaysView,
            .samples = {{"rows", {values({3})}, ints("size", {2, 3})},
                        {"columns", {values({2, 1})}, ints("size", {2, 3})},
                        {"keeps", {values({2, 1})}, ints("size", {-1, 3})},
                        {"new_and_kept", {values({1, 3})}, ints("size", {2, 4, -1})},
                        {"same", {values({2, 3})}, ints("size", {2, 3})},
                        {"scalar", {scalar(2)}, ints("size", {2, 2})},
                        {"to_scalar", {scalar(2)}, ints("size", {})},
                        {"to_nothing", {values({1})}, ints("size", {2, 0})},
                        {"cube", {values({2, 1, 3})}, ints("size", {2, 4, 3})},
                        {"rank_4", {values({2, 1, 3, 1})}, ints("size", {-1, 2, -1, 2})},
                        {"permuted", {transposed(values({3, 2}))}, ints("size", {2, 3, 2})},
                        {"empty", {values({0, 1})}, ints("size", {0, 3})},
                        {"integers", {integers({3}, 0, 9)}, ints("size", {2, 3})},
                        {"booleans", {booleans({2, 1})}, ints("size", {2, 2})}},
            .errors = {{"size", {values({2, 3})}, ints("size", {3, 3})},
                       {"last_first", {values({2, 3})}, ints("size", {3, 4})},
                       {"leading", {values({3})}, ints("size", {-1, 3})},
                       {"too_few", {values({2, 3})}, ints("size", {3})},
                       {"too_few_integers", {integers({2, 3}, 0, 9)}, ints("size", {3})},
                       {"too_few_booleans", {booleans({2, 3})}, ints("size", {3})}},
        },
    };
}

}  // namespace chainrule
