// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/views.h"
#include "engine/tensor/kernels/moves.h"

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "at least one dimension"};

/// Where the places that a slice takes lie: start, start + step, …
struct Places {
    std::size_t dim;
    std::int64_t start;
    std::int64_t step;
    std::int64_t count;
};

/// `dim` as x[…] sees it, where a dim is a place between the brackets.
Result<std::size_t> indexedDim(std::int64_t dim, std::size_t rank)
{
    const auto wrapped = wrappedDim(dim, rank);
    if (!wrapped || rank == 0)
        return indexError("too many indices for tensor of dimension " + std::to_string(rank));
    return wrapped;
}

/// Both ends wrap and clip as Python's do.
Result<Places> slicePlaces(const Attributes& attributes, const Shape& shape)
{
    const std::int64_t given = std::get<std::int64_t>(attributes.find("dim")->second);
    const std::int64_t step = std::get<std::int64_t>(attributes.find("step")->second);
    const auto dim = indexedDim(given, shape.size());
    if (!dim && given != 0)
        return dim.error();
    if (step == 0)
        return valueError("slice step cannot be zero");
    if (step < 0)
        return valueError("step must be greater than zero");
    if (shape.empty())
        return indexError("slice() cannot be applied to a 0-dim tensor.");
    const std::int64_t size = shape[*dim];
    const auto clipped = [&](std::string_view name, std::int64_t open) {
        const auto* const bound = std::get_if<std::int64_t>(&attributes.find(name)->second);
        const std::int64_t place = bound ? *bound : open;
        return std::clamp(place < 0 ? place + size : place, std::int64_t(0), size);
    };
    const std::int64_t start = clipped("start", 0);
    const std::int64_t end = clipped("end", size);
    return Places{*dim, start, step, end > start ? (end - start - 1) / step + 1 : 0};
}

Result<Types> inferSlice(const Call<TensorType>& call)
{
    const auto places = slicePlaces(call.attributes, call.x().shape);
    if (!places)
        return places.error();
    Shape shape = call.x().shape;
    shape[places->dim] = places->count;
    return Types{{call.x().dtype, shape}};
}

/// x[:] is a slice, but x[:, :], which indexes with a tuple, is the tensor itself under another name.
std::string_view sliceGradFn(const Call<Value>& call, const Tensor& output)
{
    const auto given = call.attribute<std::int64_t>("dim");
    const std::size_t dim = *wrappedDim(given, output.rank());
    const auto* const start = std::get_if<std::int64_t>(&call.attributes.find("start")->second);
    const auto* const end = std::get_if<std::int64_t>(&call.attributes.find("end")->second);
    const bool isWhole = (!start || *start == 0) && (!end || *end >= output.shape()[dim]);  // As written: not from -2 of 2.
    const bool isAlone = given == 0;  // x[:]: only of several indices PyTorch leaves out those that take all.
    return !isAlone && isWhole && call.attribute<std::int64_t>("step") == 1 && output.shape() == call.x().tensor().shape() ? "AliasBackward0" : "SliceBackward0";
}

Result<Tensors> forwardSlice(const Call<Tensor>& call)
{
    const Places places = *slicePlaces(call.attributes, call.x().shape());
    return Tensors{slicedView(call.x(), places.dim, places.start, places.step, places.count)};
}

Gradients cutVjp(const VjpCall& call)
{
    const Shape& shape = call.x().tensor().shape();
    const Places places = *slicePlaces(call.attributes, shape);
    return {sliceBackward(call.dy(), shape, std::int64_t(places.dim), places.start, places.step)};
}

Gradients sliceVjp(const VjpCall& call)
{
    const bool isAll = sliceGradFn({call.inputs, call.attributes}, call.y().tensor()) == "AliasBackward0";
    return isAll ? Gradients{call.dy()} : cutVjp(call);
}

Result<Types> inferSelect(const Call<TensorType>& call)
{
    Shape shape = call.x().shape;
    const auto given = call.attribute<std::int64_t>("dim");
    const std::int64_t index = call.attribute<std::int64_t>("index");
    if (shape.empty() && given == 0 && index == 0)
        return indexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
                          "C++ to convert a 0-dim tensor to a number");
    const auto dim = indexedDim(given, shape.size());
    if (!dim && given != 0)
        return dim.error();
    const std::int64_t size = shape.empty() ? 0 : shape[*dim];
    if (index < -size || index >= size)  // PyTorch counts the places between the brackets: in x[..., 5, :] it is 1.
        return indexError("index " + std::to_string(index) + " is out of bounds for dimension "
                          + std::to_string(given < 0 ? 1 : given) + " with size " + std::to_string(size));
    shape.erase(shape.begin() + *dim);
    return Types{{call.x().dtype, shape}};
}

/// The dim and the index of a select, counted from the front.
std::pair<std::size_t, std::int64_t> selectedPlace(const Attributes& attributes, const Shape& shape)
{
    const std::size_t dim = *wrappedDim(std::get<std::int64_t>(attributes.find("dim")->second), shape.size());
    const std::int64_t index = std::get<std::int64_t>(attributes.find("index")->second);
    return {dim, index < 0 ? index + shape[dim] : index};
}

Gradients selectVjp(const VjpCall& call)
{
    const Shape& shape = call.x().tensor().shape();
    const auto [dim, index] = selectedPlace(call.attributes, shape);
    static const Op& op = operation("select_backward");
    return {applied(op, {call.dy()}, {{"input_sizes", IntList(shape.begin(), shape.end())}, {"dim", std::int64_t(dim)},
                                      {"index", index}})};
}

Shape inputSizes(const Attributes& attributes)
{
    const IntList& sizes = std::get<IntList>(attributes.find("input_sizes")->second);
    return Shape(sizes.begin(), sizes.end());
}

Result<Types> inferSliceBackward(const Call<TensorType>& call)
{
    return Types{{call.x().dtype, inputSizes(call.attributes)}};
}

/// `x[:, index]`, or `x[..., index, :]` for a dim that counts from the end.
std::string indexed(const Spelling& call, const std::string& index)
{
    const std::string& dim = call["dim"];
    std::string text = dim.starts_with('-') ? "..., " + index : index;
    const int others = std::abs(std::atoi(dim.c_str())) - (dim.starts_with('-') ? 1 : 0);
    for (int i = 0; i < std::min(others, 16); ++i)  // No tensor has more dimensions.
        text = dim.starts_with('-') ? text + ", :" : ":, " + text;
    return call["input"] + "[" + text + "]";
}

std::string spelledSelect(const Spelling& call)
{
    return indexed(call, call["index"]);
}

std::string spelledSlice(const Spelling& call)
{
    const auto given = [&](const std::string& place) { return place == "None" ? "" : place; };
    const std::string step = call["step"] == "1" ? "" : ":" + call["step"];
    return indexed(call, given(call["start"]) + ":" + given(call["end"]) + step);
}

}  // namespace

std::vector<Op> indexingOps()
{
    using namespace sample;
    const auto at = [](std::int64_t dim, std::int64_t index) { return Attributes{{"dim", dim}, {"index", index}}; };
    const auto range = [](std::int64_t dim, Attribute start, Attribute end, std::int64_t step) {
        return Attributes{{"dim", dim}, {"start", start}, {"end", end}, {"step", step}};
    };
    const auto i = [](std::int64_t place) { return Attribute(place); };
    const Parameter dim{.name = "dim", .kind = Kind::Int, .help = "the dimension along which is counted"};
    Parameter dimOrFirst = dim;
    dimOrFirst.fallback = std::int64_t(0);
    const Parameter first{.name = "start", .kind = Kind::Int, .help = "the first place, not negative"};
    const Parameter past{.name = "end", .kind = Kind::Int, .help = "the place before which to stop"};
    const Parameter stride{.name = "step", .kind = Kind::Int, .help = "from one place to the next"};
    return {
        Op{
            .name = "select",
            .category = Category::Indexing,
            .summary = "Takes what stands at one place along a dimension.",
            .parameters = {input, dim,
                           {.name = "index", .kind = Kind::Int, .help = "the place; negative: from the end"}},
            .formula = "y = x[.., index, ..]",
            .gradient = "dx = dy at that place, 0 elsewhere",
            .pictures = {{Picture::Scattered}},
            .torch = "Tensor.__getitem__",
            .refusal = refusals::select,
            .spelled = spelledSelect,
            .gradFn = {"SelectBackward0"},
            .saves = {},
            .infer = inferSelect,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const auto [along, index] = selectedPlace(call.attributes, call.x().shape());
                return Tensors{selectedView(call.x(), along, index)};
            },
            .vjp = selectVjp,
            .isView = alwaysView,
            .samples = {{"row", {values({2, 3})}, at(0, 1)},
                        {"column", {values({2, 3})}, at(1, 2)},
                        {"negative", {values({2, 3})}, at(-1, -3)},
                        {"element", {values({3})}, at(0, 1)},
                        {"rank_4", {values({2, 3, 1, 2})}, at(1, 0)},
                        {"permuted", {transposed(values({2, 3}))}, at(0, 1)},
                        {"empty", {values({2, 0})}, at(0, 1)},
                        {"integers", {integers({2, 3}, 0, 9)}, at(0, 0)},
                        {"booleans", {booleans({2, 3})}, at(1, 1)}},
            .errors = {{"index", {values({2, 3})}, at(0, 2)},
                       {"negative", {values({2, 3})}, at(0, -3)},
                       {"column", {values({2, 3})}, at(1, 3)},
                       {"dim", {values({2, 3})}, at(2, 0)},
                       {"empty", {values({0, 3})}, at(0, 0)},
                       {"from_the_end", {values({2, 3})}, at(-1, 3)},
                       {"row_from_the_end", {values({2, 3})}, at(-2, -3)},
                       {"scalar", {scalar(1)}, at(0, 0)},
                       {"scalar_column", {scalar(1)}, at(1, 0)},
                       {"scalar_from_the_end", {scalar(1)}, at(-1, 0)}},
        },
        Op{
            .name = "slice",
            .category = Category::Indexing,
            .summary = "Takes a range along a dimension, or every step-th element of it.",
            .parameters = {input, dimOrFirst,
                           {.name = "start",
                            .kind = Kind::Int,
                            .help = "the first place; negative: from the end; None: 0",
                            .fallback = None(),
                            .acceptsNone = true},
                           {.name = "end",
                            .kind = Kind::Int,
                            .help = "the place before which to stop; None: the end",
                            .fallback = None(),
                            .acceptsNone = true},
                           {.name = "step",
                            .kind = Kind::Int,
                            .help = "from one place to the next, at least 1",
                            .fallback = std::int64_t(1),
                            .acceptsNone = true,
                            .forNone = std::int64_t(1)}},
            .formula = "y = x[.., start:end:step, ..]",
            .gradient = "dx = dy at those places, 0 elsewhere",
            .pictures = {{Picture::Scattered}},
            .torch = "Tensor.__getitem__",
            .refusal = refusals::slice,
            .spelled = spelledSlice,
            .gradFn = {"SliceBackward0", sliceGradFn},
            .saves = {},
            .infer = inferSlice,
            .forward = forwardSlice,
            .vjp = sliceVjp,
            .isView = alwaysView,
            .samples = {{"all", {values({2, 3})}},
                        {"rows", {values({4, 2})}, range(0, i(1), i(3), 1)},
                        {"columns", {values({2, 4})}, range(1, i(1), None(), 1)},
                        {"all_columns", {values({2, 3})}, range(1, None(), None(), 1)},
                        {"every_second", {values({5})}, range(0, None(), None(), 2)},
                        {"last", {values({5})}, range(0, i(-2), None(), 1)},
                        {"whole_columns", {values({2, 3})}, range(1, i(0), i(3), 1)},
                        {"from_minus_whole", {values({2, 3})}, range(1, i(-3), None(), 1)},
                        {"beyond_columns", {values({2, 3})}, range(1, i(0), i(7), 1)},
                        {"until_minus", {values({2, 3})}, range(1, i(0), i(-1), 1)},
                        {"without_last", {values({2, 5})}, range(-1, None(), i(-1), 3)},
                        {"clipped", {values({3})}, range(0, i(-9), i(9), 1)},
                        {"nothing", {values({3, 2})}, range(0, i(2), i(1), 1)},
                        {"beyond", {values({3})}, range(0, i(5), i(9), 1)},
                        {"rank_4", {values({2, 3, 1, 2})}, range(1, i(1), i(3), 1)},
                        {"permuted", {transposed(values({2, 4}))}, range(1, i(0), i(4), 2)},
                        {"empty", {values({0, 3})}, range(0, i(0), i(2), 1)},
                        {"integers", {integers({5}, 0, 9)}, range(0, i(1), i(4), 2)},
                        {"booleans", {booleans({4})}, range(0, i(1), i(3), 1)}},
            .errors = {{"step", {values({3})}, range(0, None(), None(), 0)},
                       {"negative_step", {values({3})}, range(0, None(), None(), -1)},
                       {"dim", {values({2, 3})}, range(2, i(0), i(1), 1)},
                       {"dim_before_step", {values({3})}, range(1, None(), None(), 0)},
                       {"scalar", {scalar(1)}, range(0, i(0), i(1), 1)},
                       {"scalar_step", {scalar(1)}, range(0, None(), None(), 0)},
                       {"scalar_column", {scalar(1)}, range(1, i(0), i(1), 1)},
                       {"scalar_from_the_end", {scalar(1)}, range(-1, i(0), i(1), 1)}},
        },
        Op{
            .name = "slice.Tensor",
            .category = Category::Internal,
            .summary = "Takes a range along a dimension, as rules do.",
            .parameters = {input, dim, first, past, stride},
            .formula = "y = x[.., start:end:step, ..]",
            .gradient = "dx = dy at those places, 0 elsewhere",
            .pictures = {{Picture::Scattered}},
            .torch = "torch.ops.aten.slice.Tensor",
            .gradFn = {"SliceBackward0"},
            .saves = {},
            .infer = inferSlice,
            .forward = forwardSlice,
            .vjp = cutVjp,
            .isView = alwaysView,
            .samples = {{"rows", {values({4, 2})}, range(0, i(1), i(3), 1)},
                        {"everything", {values({2, 3})}, range(1, i(0), i(3), 1)},
                        {"every_second", {values({2, 5})}, range(1, i(1), i(5), 2)},
                        {"rank_4", {values({2, 3, 1, 2})}, range(1, i(1), i(3), 1)},
                        {"permuted", {transposed(values({2, 4}))}, range(1, i(0), i(1), 1)},
                        {"nothing", {values({3, 2})}, range(0, i(2), i(2), 1)},
                        {"empty", {values({0, 3})}, range(0, i(0), i(0), 1)}},
        },
        Op{
            .name = "select_backward",
            .category = Category::Internal,
            .summary = "Zeros, with a gradient in the place that was taken.",
            .parameters = {{.name = "grad_output", .kind = Kind::Tensor, .help = "the gradient of what was taken"},
                           {.name = "input_sizes", .kind = Kind::Ints, .help = "the shape of what it was taken from"},
                           dim, {.name = "index", .kind = Kind::Int, .help = "the place, not negative"}},
            .formula = "y = zeros(input_sizes), y[.., index, ..] = x",
            .gradient = "dx = dy[.., index, ..]",
            .pictures = {{Picture::Cut}},
            .torch = "torch.ops.aten.select_backward",
            .gradFn = {"SelectBackwardBackward0"},
            .saves = {},
            .infer = inferSliceBackward,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const auto along = std::size_t(call.attribute<std::int64_t>("dim"));
                return Tensors{kernel::placedInZeros(unsqueezedView(call.x(), along), inputSizes(call.attributes), along,
                                                     call.attribute<std::int64_t>("index"), 1)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                return {select(call.dy(), call.attribute<std::int64_t>("dim"), call.attribute<std::int64_t>("index"))};
            },
            .samples = {{"vector", {scalar(2)}, {{"input_sizes", IntList{3}}, {"dim", i(0)}, {"index", i(1)}}},
                        {"column", {values({2})}, {{"input_sizes", IntList{2, 3}}, {"dim", i(1)}, {"index", i(2)}}},
                        {"empty", {values({0})}, {{"input_sizes", IntList{2, 0}}, {"dim", i(0)}, {"index", i(1)}}}},
        },
        Op{
            .name = "slice_backward",
            .category = Category::Internal,
            .summary = "Zeros, with a gradient in the places that a slice was taken from.",
            .parameters = {{.name = "grad_output", .kind = Kind::Tensor, .help = "the gradient of the slice"},
                           {.name = "input_sizes", .kind = Kind::Ints, .help = "the shape of what was sliced"},
                           dim, first, past, stride},
            .formula = "y = zeros(input_sizes), y[.., start:end:step, ..] = x",
            .gradient = "dx = dy[.., start:end:step, ..]",
            .pictures = {{Picture::Cut}},
            .torch = "torch.ops.aten.slice_backward",
            .gradFn = {"SliceBackwardBackward0"},
            .saves = {},
            .infer = inferSliceBackward,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::placedInZeros(call.x(), inputSizes(call.attributes),
                                                     std::size_t(call.attribute<std::int64_t>("dim")),
                                                     call.attribute<std::int64_t>("start"),
                                                     call.attribute<std::int64_t>("step"))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                const std::int64_t along = call.attribute<std::int64_t>("dim");
                const std::int64_t start = call.attribute<std::int64_t>("start");
                const std::int64_t step = call.attribute<std::int64_t>("step");
                const std::int64_t count = call.x().tensor().shape()[std::size_t(along)];
                const std::int64_t end = count > 0 ? start + (count - 1) * step + 1 : start;
                return {cut(call.dy(), along, start, end, step)};
            },
            .samples = {{"vector",
                         {values({2})},
                         {{"input_sizes", IntList{5}}, {"dim", i(0)}, {"start", i(1)}, {"end", i(5)}, {"step", i(2)}}},
                        {"matrix",
                         {transposed(values({2, 2}))},
                         {{"input_sizes", IntList{2, 4}},
                          {"dim", i(1)},
                          {"start", i(2)},
                          {"end", i(4)},
                          {"step", i(1)}}},
                        {"empty",
                         {values({0, 2})},
                         {{"input_sizes", IntList{3, 2}},
                          {"dim", i(0)},
                          {"start", i(3)},
                          {"end", i(3)},
                          {"step", i(1)}}}},
        },
    };
}

}  // namespace chainrule
