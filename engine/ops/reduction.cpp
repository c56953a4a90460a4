// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/reduction.h"

#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/tensor/kernels/reduction.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};
const Parameter dim = dimsParameter();
const Parameter keepdim = keepdimParameter();
const Parameter dtype{.name = "dtype",
                      .kind = Kind::DType,
                      .help = "the input is brought to this dtype first",
                      .fallback = None(),
                      .acceptsNone = true};

DType summedDType(DType own)
{
    return isFloating(own) ? own : DType::Int64;
}

/// Of PyTorch's overloads the one without dim has no keepdim.
Failure refusedKeepdim(const Call<TensorType>& call, std::string_view name)
{
    if (!call.isNone("dim") || !call.attribute<bool>("keepdim"))
        return std::nullopt;
    return noOverload(name, call);
}

Result<Types> inferSum(const Call<TensorType>& call)
{
    if (const auto refusal = refusedKeepdim(call, "sum"))
        return *refusal;
    const DType output = call.isNone("dtype") ? summedDType(call.x().dtype) : call.attribute<DType>("dtype");
    auto types = inferReduced(call, output);
    if (types && call.x().requiresGrad && !isFloating(output))
        return runtimeError("Autograd not support dtype: " + std::string(messageName(output)));
    return types;
}

Result<Types> inferMean(const Call<TensorType>& call)
{
    if (const auto refusal = refusedKeepdim(call, "mean"))
        return *refusal;
    const bool isOwn = call.isNone("dtype");
    const DType output = isOwn ? call.x().dtype : call.attribute<DType>("dtype");
    if (!isFloating(output))
        return runtimeError(std::string("mean(): could not infer output dtype. ") + (isOwn ? "Input" : "Optional")
                            + " dtype must be either a floating point or complex dtype. Got: "
                            + std::string(messageName(output)));
    return inferReduced(call, output);
}

/// dy, the gradient of a reduction's output, repeated along the dims that it lost.
Value expanded(const Value& dy, const VjpCall& call)
{
    const Shape& shape = call.x().tensor().shape();
    const bool isWhole = call.isNone("dim") || call.attribute<IntList>("dim").empty();
    const bool isKept = isWhole || dy.tensor().rank() == shape.size();
    return repeated(isKept ? dy : withDims(dy, reduced(call, shape)), shape);
}

std::vector<Sample> with(std::vector<Sample> samples, std::initializer_list<Sample> more)
{
    samples.insert(samples.end(), more.begin(), more.end());
    return samples;
}

std::vector<Sample> reductionSamples()
{
    using namespace sample;
    return {{"everything", {values({2, 3})}},
            {"scalar", {scalar(2.5)}},
            {"scalar_dim", {scalar(2.5)}, keeping({-1})},
            {"vector", {values({5}, 1)}, over({0})},
            {"columns", {values({2, 3}, 2)}, over({0})},
            {"rows", {values({2, 3}, 3)}, over({1})},
            {"keepdim", {values({2, 3}, 4)}, keeping({-1})},
            {"two_dims", {values({2, 3, 4}, 5)}, over({0, 2})},
            {"two_dims_kept", {values({2, 3, 4}, 6)}, keeping({-1, 0})},
            {"middle", {values({2, 3, 4}, 7)}, over({1})},
            {"four_dims", {values({2, 1, 3, 2}, 8)}, over({1, -1})},
            {"no_dims_are_all", {values({2, 3}, 9)}, over({})},
            {"no_dims_are_all_kept", {values({2, 3}, 10)}, keeping({})},
            {"long", {values({1200}, 11)}},
            {"long_columns", {values({40, 30}, 12)}, over({0})},
            {"long_rows", {values({4, 300}, 13)}, over({1})},
            {"permuted", {transposed(values({3, 4}, 14))}, over({0})},
            {"permuted_rows", {transposed(values({20, 12}, 15))}, over({1})},
            {"permuted_everything", {transposed(values({2, 3, 4}, 16))}},
            {"empty", {values({0})}},
            {"empty_dim", {values({2, 0})}, over({1})},
            {"empty_rest", {values({2, 0})}, keeping({0})},
            {"infinite", {vector({INFINITY, 1})}},
            {"opposite_infinite", {vector({INFINITY, -INFINITY})}},
            {"nan", {vector({NAN, 1})}},
            {"zeros", {vector({0, -0.0, 1, -1})}},
            {"dtype", {values({2, 3}, 17)}, {{"dtype", DType::Float64}}},
            {"dim_and_dtype", {values({2, 3}, 18)}, {{"dim", IntList{1}}, {"dtype", DType::Float32}}},
            {"integers_to_float", {integers({4}, -3, 9)}, {{"dtype", DType::Float32}}}};
}

std::vector<Sample> reductionErrors()
{
    using namespace sample;
    return {{"dim", {values({2, 3})}, over({2})},
            {"negative_dim", {values({2, 3})}, over({0, -3})},
            {"scalar_dim", {scalar(1)}, over({1})},
            {"repeated", {values({2, 3})}, over({0, 0})},
            {"repeated_negative", {values({2, 3})}, over({1, -1})},
            {"keepdim_alone", {values({2, 3})}, {{"keepdim", true}}},
            {"number", {Tensor::number(1.0)}}};
}

/// PyTorch calls this expandable.
bool broadcastsTo(const IntList& size, const Shape& shape)
{
    if (size.size() > shape.size())
        return false;
    for (std::size_t back = 1; back <= size.size(); ++back)
        if (size[size.size() - back] != 1 && size[size.size() - back] != shape[shape.size() - back])
            return false;
    return true;
}

}  // namespace

Parameter dimsParameter()
{
    return {.name = "dim",
            .kind = Kind::Ints,
            .help = "the dimensions that disappear; None or an empty list: all",
            .fallback = None(),
            .acceptsNone = true};
}

Parameter keepdimParameter()
{
    return {.name = "keepdim",
            .kind = Kind::Bool,
            .help = "whether they stay as dimensions of size 1",
            .fallback = false};
}

Result<Types> inferReduced(const Call<TensorType>& call, DType output)
{
    const auto dims = reducedDims(call.attributes.find("dim")->second, call.x().shape.size());
    if (!dims)
        return dims.error();
    return Types{{output, reducedShape(call.x().shape, *dims, call.attribute<bool>("keepdim"))}};
}

Value withDims(Value x, const InlineVector<bool, 16>& reduced)
{
    for (std::size_t d = 0; d < reduced.size(); ++d)
        if (reduced[d])
            x = unsqueeze(x, std::int64_t(d));
    return x;
}

namespace sample {

Attributes over(IntList dims)
{
    return {{"dim", std::move(dims)}};
}

Attributes keeping(IntList dims)
{
    return {{"dim", std::move(dims)}, {"keepdim", true}};
}

}  // namespace sample

std::vector<Op> reductionOps()
{
    using namespace sample;
    return {
        Op{
            .name = "sum",
            .category = Category::Reduction,
            .summary = "Adds up elements, over all or some dimensions.",
            .parameters = {input, dim, keepdim, dtype},
            .formula = "y = sum of x over dim",
            .gradient = "dx = dy, repeated over dim",
            .pictures = {{Picture::Repeated}},
            .torch = "torch.sum",
            .overloads = {"(Tensor input, *, dtype dtype=None)",
                          "(Tensor input, int[1]? dim, bool keepdim=False, *, dtype dtype=None, Tensor out=None)"},
            .gradFn = {"SumBackward1",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.isNone("dim") ? "SumBackward0" : "SumBackward1";
                       }},
            .saves = {},
            .infer = inferSum,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const DType output = call.isNone("dtype") ? summedDType(call.x().dtype())
                                                          : call.attribute<DType>("dtype");
                return Tensors{kernel::sum(call.x(), reduced(call, call.x().shape()),
                                           call.attribute<bool>("keepdim"), output)};
            },
            .vjp = [](const VjpCall& call) -> Gradients { return {expanded(call.dy(), call)}; },
            .samples = with(reductionSamples(),
                            {{"integers", {integers({2, 3}, -9, 9)}},
                             {"integer_rows", {integers({20, 9}, -9, 9)}, over({0})},
                             {"booleans", {booleans({2, 5})}, over({1})},
                             {"to_short", {integers({4}, -70000, 70000)}, {{"dtype", DType::Int16}}},
                             {"to_byte", {integers({9}, 50, 99)}, {{"dtype", DType::UInt8}}},
                             {"to_bool", {integers({3}, 0, 9)}, {{"dtype", DType::Bool}}}}),
            .errors = reductionErrors(),
        },
        Op{
            .name = "mean",
            .category = Category::Reduction,
            .summary = "The average of elements, over all or some dimensions.",
            .parameters = {input, dim, keepdim, dtype},
            .formula = "y = (sum of x over dim) / n",
            .gradient = "dx = dy / n, repeated over dim",
            .pictures = {{Picture::Repeated, "1 / n"}},
            .torch = "torch.mean",
            .overloads = {"(Tensor input, *, dtype dtype=None, Tensor out=None)",
                          "(Tensor input, int[1]? dim, bool keepdim=False, *, dtype dtype=None, Tensor out=None)"},
            .gradFn = {"MeanBackward1",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           return call.isNone("dim") ? "MeanBackward0" : "MeanBackward1";
                       }},
            .saves = {},
            .infer = inferMean,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const DType output = call.isNone("dtype") ? call.x().dtype() : call.attribute<DType>("dtype");
                return Tensors{kernel::mean(call.x(), reduced(call, call.x().shape()),
                                            call.attribute<bool>("keepdim"), output)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const auto dims = reduced(call, call.x().tensor().shape());
                double count = 1;
                for (std::size_t d = 0; d < dims.size(); ++d)
                    count *= dims[d] ? double(call.x().tensor().shape()[d]) : 1.0;
                return {dividedBy(expanded(call.dy(), call), std::max(count, 1.0))};  // Nothing waits for a share of none.
            },
            .samples = reductionSamples(),
            .errors = with(reductionErrors(),
                           {{"integers", {integers({3}, 0, 9)}},
                            {"booleans", {booleans({3})}, over({0})},
                            {"dtype_before_dim", {integers({3}, 0, 9)}, over({5})},
                            {"integer_dtype", {values({3})}, {{"dtype", DType::Int8}}}}),
        },
        Op{
            .name = "sum_to_size",
            .category = Category::Internal,
            .summary = "Adds up what broadcasting repeated, back to a given size.",
            .parameters = {input,
                           {.name = "size", .kind = Kind::Ints, .help = "broadcasts to the size of input"}},
            .formula = "y = sum of x over the dims where size has 1 or nothing",
            .gradient = "dx = dy, broadcast to the size of x",
            .pictures = {{Picture::Repeated}},
            .torch = "torch.Tensor.sum_to_size",
            .gradFn = {"SumBackward1",
                       [](const Call<Value>& call, const Tensor& output) -> std::string_view {
                           if (output.rank() == 0)
                               return "SumBackward0";
                           return output.rank() < call.x().tensor().rank() ? "ViewBackward0" : "SumBackward1";
                       }},
            .saves = {},
            .gradFns = traces::sumToSize,
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                const IntList& size = call.attribute<IntList>("size");
                if (!broadcastsTo(size, call.x().shape))
                    return runtimeError("size {" + text(size) + "} is not expandable to size {" + text(call.x().shape)
                                        + "}.");
                const Shape shape(size.begin(), size.end());
                return Types{{shape == call.x().shape ? call.x().dtype : summedDType(call.x().dtype), shape}};
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const IntList& size = call.attribute<IntList>("size");
                return Tensors{kernel::sumTo(call.x(), Shape(size.begin(), size.end()))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const Shape& from = call.x().tensor().shape();
                Shape shape = call.y().tensor().shape();
                while (!shape.empty() && shape.size() < from.size())
                    shape.insert(shape.begin(), 1);
                return {expand(reshape(call.dy(), shape), from)};
            },
            .returnsInput = [](const Call<Tensor>& call) {
                const IntList& size = call.attribute<IntList>("size");
                return call.x().shape() == Shape(size.begin(), size.end());
            },
            .samples = {{"leading", {values({2, 3})}, {{"size", IntList{3}}}},
                        {"columns", {values({2, 3}, 1)}, {{"size", IntList{2, 1}}}},
                        {"both", {values({4, 2, 3}, 2)}, {{"size", IntList{1, 3}}}},
                        {"everything", {values({2, 3}, 3)}, {{"size", IntList{}}}},
                        {"ones", {values({2, 3}, 4)}, {{"size", IntList{1, 1}}}},
                        {"middle", {values({2, 3, 2}, 5)}, {{"size", IntList{2, 1, 2}}}},
                        {"permuted", {transposed(values({3, 4}, 6))}, {{"size", IntList{3, 1}}}},
                        {"empty", {values({0, 3})}, {{"size", IntList{1, 3}}}},
                        {"same", {values({2, 3}, 7)}, {{"size", IntList{2, 3}}}},
                        {"integers", {integers({2, 3}, -4, 5)}, {{"size", IntList{3}}}}},
            .errors = {{"size", {values({2, 3})}, {{"size", IntList{2}}}},
                       {"more_dims", {values({2, 3})}, {{"size", IntList{1, 2, 3}}}}},
        },
    };
}

}  // namespace chainrule
