// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/extremum.h"
#include "engine/tensor/kernels/reduction.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;
using kernel::Extremum;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape; not empty where it is searched"};
const Parameter dim{.name = "dim",
                    .kind = Kind::Int,
                    .help = "the dimension to search along; None: all of them",
                    .fallback = None(),
                    .acceptsNone = true};
const Parameter keepdim{.name = "keepdim",
                        .kind = Kind::Bool,
                        .help = "whether it stays as a dimension of size 1",
                        .fallback = false};

std::size_t searchedDim(const Call<Tensor>& call)
{
    return *wrappedDim(call.attribute<std::int64_t>("dim"), call.x().rank());
}

/// The shape of a search along `dim`, which must not be empty.
Result<Shape> shapeAlongDim(const Call<TensorType>& call, std::string_view name)
{
    const Shape& shape = call.x().shape;
    const auto along = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size());
    if (!along)
        return along.error();
    InlineVector<bool, 16> reduced(shape.size(), false);
    if (!shape.empty()) {
        if (shape[*along] == 0)
            return indexError(std::string(name) + "(): Expected reduction dim " + std::to_string(*along)
                              + " to have non-zero size.");
        reduced[*along] = true;
    }
    return reducedShape(shape, reduced, call.attribute<bool>("keepdim"));
}

Result<Types> inferExtremum(const Call<TensorType>& call, const std::string& name)
{
    if (!call.isNone("dim")) {
        const auto shape = shapeAlongDim(call, name);
        if (!shape)
            return shape.error();
        return Types{{call.x().dtype, *shape}, {DType::Int64, *shape}};
    }
    if (call.attribute<bool>("keepdim"))  // Of PyTorch's overloads the one without dim has no keepdim.
        return noOverload(name, call);
    if (elementCount(call.x().shape) == 0)
        return runtimeError(name + "(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                                   "reduction dim with the 'dim' argument.");
    return Types{{call.x().dtype}};
}

template <Extremum which>
Result<Tensors> forwardExtremum(const Call<Tensor>& call)
{
    if (call.isNone("dim"))
        return Tensors{kernel::extremum(call.x(), which)};
    auto found = kernel::extrema(call.x(), which, searchedDim(call), call.attribute<bool>("keepdim"));
    return Tensors{std::move(found.values), std::move(found.indices)};
}

/// A mask chooses, instead of a factor of 0 or 1: a dy that is NaN must not reach the other elements.
Gradients extremumVjp(const VjpCall& call)
{
    const Tensor& x = call.x().tensor();
    if (call.isNone("dim")) {
        const Tensor mask = kernel::tiedWith(x, call.y().tensor());
        const Tensor ties = kernel::sum(mask, InlineVector<bool, 16>(x.rank(), true), false, DType::Int64);
        return {maskedFill(zerosLike(call.x()), mask, call.dy() / ties)};
    }
    return {scattered(call.dy(), call.attribute<std::int64_t>("dim"), call.ys[1].tensor(), x.shape(),
                      call.attribute<bool>("keepdim"))};
}

Attributes along(std::int64_t index)
{
    return {{"dim", index}};
}

Attributes keeping(std::int64_t index)
{
    return {{"dim", index}, {"keepdim", true}};
}

/// Searches along a dim, which max, min and argmax have in common.
std::vector<Sample> searches()
{
    using namespace sample;
    return {{"everything", {values({2, 3})}},
            {"scalar", {scalar(3)}},
            {"ties", {vector({1, 3, 3, 1})}},
            {"all_equal", {vector({2, 2, 2})}},
            {"nan", {vector({1, NAN, 3, NAN})}},
            {"infinite", {vector({INFINITY, -INFINITY, INFINITY})}},
            {"long", {values({1200}, 1)}},
            {"permuted", {transposed(values({3, 4}, 2))}},
            {"integers", {integers({2, 5}, -4, 5)}},
            {"rows", {values({2, 3}, 3)}, along(1)},
            {"columns", {values({3, 4}, 4)}, along(0)},
            {"last", {values({2, 3}, 5)}, keeping(-1)},
            {"first_kept", {values({2, 3}, 6)}, keeping(-2)},
            {"middle", {values({2, 3, 4}, 7)}, along(1)},
            {"four_dims", {values({2, 1, 3, 2}, 8)}, keeping(2)},
            {"scalar_dim", {scalar(3)}, along(-1)},
            {"scalar_dim_kept", {scalar(3)}, keeping(0)},
            {"dim_with_ties", {vector({1, 3, 3, 1})}, along(0)},
            {"dim_with_nan", {vector({1, NAN, 3, NAN})}, along(0)},
            {"zeros", {vector({0, -0.0, 0})}, along(0)},
            {"permuted_rows", {transposed(values({4, 3}, 9))}, along(1)},
            {"permuted_columns", {transposed(values({4, 3}, 10))}, along(0)},
            {"long_rows", {values({3, 200}, 11)}, along(1)},
            {"long_columns", {values({50, 9}, 12)}, along(0)},
            {"empty_rest", {values({0, 3})}, along(1)},
            {"empty_rest_kept", {values({2, 0, 3})}, keeping(0)},
            {"integer_rows", {integers({3, 5}, 0, 4)}, along(1)}};
}

std::vector<Sample> searchesOfBooleans()
{
    using namespace sample;
    std::vector<Sample> all = searches();
    all.push_back({"booleans", {booleans({2, 3})}});
    all.push_back({"boolean_rows", {booleans({3, 4}, 1)}, along(1)});
    return all;
}

std::vector<Sample> refusedSearches()
{
    using namespace sample;
    return {{"dim", {values({2, 3})}, along(2)},
            {"negative_dim", {values({2, 3})}, along(-3)},
            {"scalar_dim", {scalar(1)}, along(1)},
            {"empty", {values({2, 0})}},
            {"empty_dim", {values({2, 0})}, along(-1)},
            {"number", {Tensor::number(1.0)}}};
}

std::vector<Sample> refusedExtrema()
{
    std::vector<Sample> all = refusedSearches();
    all.push_back({"keepdim_alone", {sample::values({2, 3})}, {{"keepdim", true}}});
    return all;
}

}  // namespace

std::vector<Op> extremumOps()
{
    using namespace sample;
    return {
        Op{
            .name = "max",
            .category = Category::Reduction,
            .summary = "The largest element, of all or along one dimension; NaN if there is one.",
            .parameters = {input, dim, keepdim},
            .outputs = {"values", "indices"},
            .formula = "y = max of x; along dim also the index where it was found first",
            .gradient = "dx = dy / number of maxima at each of them, else 0; along dim dx = dy at the index, else 0",
            .pictures = {{Picture::Repeated, "1 at the maximum, shared among equals"}},
            .torch = "torch.max",
            .overloads = {"(Tensor input, *, Tensor out=None)",
                          "(Tensor input, Tensor other, *, Tensor out=None)",
                          "(Tensor input, int dim, bool keepdim=False, *, Tensor[] out=None)"},
            .gradFn = {"MaxBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.isNone("dim") ? "MaxBackward1" : "MaxBackward0";
                       }},
            .saves = {{"indices"}, {"result"}, {"self"}},  // The first along a dim, the others without.
            .gradFns = traces::max,
            .infer = [](const Call<TensorType>& call) { return inferExtremum(call, "max"); },
            .forward = forwardExtremum<Extremum::Max>,
            .vjp = extremumVjp,
            .samples = searchesOfBooleans(),
            .errors = refusedExtrema(),
        },
        Op{
            .name = "min",
            .category = Category::Reduction,
            .summary = "The smallest element, of all or along one dimension; NaN if there is one.",
            .parameters = {input, dim, keepdim},
            .outputs = {"values", "indices"},
            .formula = "y = min of x; along dim also the index where it was found first",
            .gradient = "dx = dy / number of minima at each of them, else 0; along dim dx = dy at the index, else 0",
            .pictures = {{Picture::Repeated, "1 at the minimum, shared among equals"}},
            .torch = "torch.min",
            .overloads = {"(Tensor input, *, Tensor out=None)",
                          "(Tensor input, Tensor other, *, Tensor out=None)",
                          "(Tensor input, int dim, bool keepdim=False, *, Tensor[] out=None)"},
            .gradFn = {"MinBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.isNone("dim") ? "MinBackward1" : "MinBackward0";
                       }},
            .saves = {{"indices"}, {"result"}, {"self"}},
            .gradFns = traces::min,
            .infer = [](const Call<TensorType>& call) { return inferExtremum(call, "min"); },
            .forward = forwardExtremum<Extremum::Min>,
            .vjp = extremumVjp,
            .samples = searchesOfBooleans(),
            .errors = refusedExtrema(),
        },
        Op{
            .name = "argmax",
            .category = Category::Reduction,
            .summary = "The index of the largest element; of equals, the first.",
            .parameters = {input, dim, keepdim},
            .formula = "y = index of max of x, counted along dim or, without dim, row by row",
            .gradient = "not differentiable",
            .pictures = {},
            .torch = "torch.argmax",
            .overloads = {"(Tensor input, int? dim=None, bool keepdim=False, *, Tensor out=None)"},
            .gradFn = {""},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                if (call.x().dtype == DType::Bool)
                    return runtimeError("argmax(): does not support bool input");
                if (!call.isNone("dim")) {
                    auto shape = shapeAlongDim(call, "argmax");
                    if (!shape)
                        return shape.error();
                    return Types{{DType::Int64, *std::move(shape)}};
                }
                if (elementCount(call.x().shape) == 0)
                    return indexError("argmax(): Expected reduction dim to be specified for input.numel() == 0.");
                return Types{{DType::Int64, call.attribute<bool>("keepdim") ? Shape(call.x().shape.size(), 1)
                                                                            : Shape()}};
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const bool isKept = call.attribute<bool>("keepdim");
                if (!call.isNone("dim"))
                    return Tensors{kernel::extrema(call.x(), Extremum::Max, searchedDim(call), isKept).indices};
                const Tensor index = kernel::extremumIndex(call.x(), Extremum::Max);
                const Shape ones(isKept ? call.x().rank() : 0, 1);
                return Tensors{index.restrided(ones, ones)};
            },
            .vjp = nullptr,
            .samples = searches(),
            .errors = [] {
                std::vector<Sample> all = refusedSearches();
                all.push_back({"booleans", {booleans({3})}});
                return all;
            }(),
        },
    };
}

}  // namespace chainrule
