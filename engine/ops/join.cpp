// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/views.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/moves.h"

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

/// PyTorch's old exception: a tensor of shape [0] may stand among others of any rank, and counts for nothing
/// but the dtype.
bool isSkipped(const Shape& shape)
{
    return shape.size() == 1 && shape[0] == 0;
}

DType promoted(std::span<const Tensor> tensors)
{
    Types types;
    for (const Tensor& tensor : tensors)
        types.push_back(tensor.type());
    return promotedDType(types);
}

Result<Types> inferCat(const Call<TensorType>& call)
{
    if (call.inputs.empty())
        return valueError("torch.cat(): expected a non-empty list of Tensors");
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (call.x(i).shape.empty())
            return runtimeError("zero-dimensional tensor (at position " + std::to_string(i)
                                + ") cannot be concatenated");
    const DType dtype = promotedDType(call.inputs);
    const auto first = std::ranges::find_if(call.inputs, [](const auto& type) { return !isSkipped(type.shape); });
    if (first == call.inputs.end())
        return Types{{dtype, {0}}};

    Shape shape = first->shape;
    const auto dim = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size());
    if (!dim)
        return dim.error();
    for (auto next = first + 1; next != call.inputs.end(); ++next) {
        if (isSkipped(next->shape))
            continue;
        if (next->shape.size() != shape.size())
            return runtimeError("Tensors must have same number of dimensions: got " + std::to_string(shape.size())
                                + " and " + std::to_string(next->shape.size()));
        for (std::size_t d = 0; d < shape.size(); ++d)
            if (d != *dim && next->shape[d] != shape[d])
                return runtimeError("Sizes of tensors must match except in dimension " + std::to_string(*dim)
                                    + ". Expected size " + std::to_string(shape[d]) + " but got size "
                                    + std::to_string(next->shape[d]) + " for tensor number "
                                    + std::to_string(next - call.inputs.begin()) + " in the list.");
        shape[*dim] += next->shape[*dim];
    }
    return Types{{dtype, shape}};
}

Result<Tensors> forwardCat(const Call<Tensor>& call)
{
    const DType dtype = promoted(call.inputs);
    InlineVector<Tensor, 4> parts;
    for (const Tensor& tensor : call.inputs)
        if (!isSkipped(tensor.shape()))
            parts.push_back(kernel::cast(tensor, dtype));
    if (parts.empty())
        return Tensors{Tensor::uninitialized({0}, dtype)};
    const std::size_t dim = *wrappedDim(call.attribute<std::int64_t>("dim"), parts.front().rank());
    return Tensors{kernel::concatenated(std::span(parts.data(), parts.size()), dim)};
}

Gradients catVjp(const VjpCall& call)
{
    const Value& dy = call.dy();
    const auto wrapped = wrappedDim(call.attribute<std::int64_t>("dim"), dy.tensor().rank());
    const std::size_t dim = wrapped ? *wrapped : 0;  // Of nothing but empty vectors PyTorch does not look at it.
    Gradients gradients(call.inputs.size());
    std::int64_t start = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const Shape& shape = call.x(i).tensor().shape();
        const bool skipped = isSkipped(shape);
        const std::int64_t end = start + (skipped ? 0 : shape[dim]);
        if (call.needs(i))
            gradients[i] = skipped ? zerosLike(call.x(i)) : cut(dy, std::int64_t(dim), start, end);
        start = end;
    }
    return gradients;
}

Result<Types> inferStack(const Call<TensorType>& call)
{
    if (call.inputs.empty())
        return runtimeError("stack expects a non-empty TensorList");
    Shape shape = call.x().shape;
    const auto dim = wrappedDim(call.attribute<std::int64_t>("dim"), shape.size() + 1);
    if (!dim)
        return dim.error();
    for (std::size_t i = 1; i < call.inputs.size(); ++i)
        if (call.x(i).shape != shape)
            return runtimeError("stack expects each tensor to be equal size, but got " + text(shape)
                                + " at entry 0 and " + text(call.x(i).shape) + " at entry " + std::to_string(i));
    shape.insert(shape.begin() + *dim, std::int64_t(call.inputs.size()));
    if (const auto refusal = checked(shape))
        return *refusal;
    return Types{{promotedDType(call.inputs), shape}};
}

Result<Tensors> forwardStack(const Call<Tensor>& call)
{
    const DType dtype = promoted(call.inputs);
    const std::size_t dim = *wrappedDim(call.attribute<std::int64_t>("dim"), call.x().rank() + 1);
    InlineVector<Tensor, 4> parts;
    for (const Tensor& tensor : call.inputs)
        parts.push_back(unsqueezedView(kernel::cast(tensor, dtype), dim));
    return Tensors{kernel::concatenated(std::span(parts.data(), parts.size()), dim)};
}

Gradients stackVjp(const VjpCall& call)
{
    Gradients gradients(call.inputs.size());
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (call.needs(i))
            gradients[i] = select(call.dy(), call.attribute<std::int64_t>("dim"), std::int64_t(i));
    return gradients;
}

// split

/// How many outputs a tape counts for one operation.
constexpr std::int64_t mostParts = 0xffff;

Failure tooManyParts(std::int64_t count)
{
    return runtimeError("Chainrule splits a tensor into at most " + std::to_string(mostParts) + " parts (got "
                        + std::to_string(count) + ")");
}

/// The sizes of the parts along dim.
Result<IntList> partSizes(const TensorType& x, const Attributes& attributes)
{
    const Attribute& asked = attributes.find("split_size_or_sections")->second;
    if (x.shape.empty())
        return runtimeError("split expects at least a 1-dimensional tensor");
    const auto* const one = std::get_if<std::int64_t>(&asked);
    if (one && *one < 0)
        return runtimeError("split expects split_size be non-negative, but got split_size=" + std::to_string(*one));
    const std::int64_t given = std::get<std::int64_t>(attributes.find("dim")->second);
    const auto dim = wrappedDim(given, x.shape.size());
    if (!dim)
        return dim.error();
    const std::int64_t size = x.shape[*dim];

    if (!one) {
        const IntList& sections = std::get<IntList>(asked);
        if (std::ranges::any_of(sections, [](std::int64_t section) { return section < 0; }))
            return runtimeError("split_with_sizes expects split_sizes have only non-negative entries, but got "
                                "split_sizes=" + text(sections));
        std::int64_t sum = 0;
        bool fits = true;
        for (const std::int64_t section : sections)
            fits = !__builtin_add_overflow(sum, section, &sum) && fits;
        if (!fits || sum != size)
            return runtimeError("split_with_sizes expects split_sizes to sum exactly to " + std::to_string(size)
                                + " (input tensor's size at dimension " + std::to_string(given)
                                + "), but got split_sizes=" + text(sections));
        if (std::int64_t(sections.size()) > mostParts)
            return *tooManyParts(std::int64_t(sections.size()));
        return sections;
    }

    if (*one == 0 && size > 0)
        return runtimeError("split_size can only be 0 if dimension size is 0, but got dimension size of "
                            + std::to_string(size));
    if (*one == 0 || size == 0)
        return IntList{size};
    const std::int64_t rest = size % *one;
    const std::int64_t count = size / *one + (rest > 0 ? 1 : 0);
    if (count > mostParts)
        return *tooManyParts(count);
    IntList sizes(std::size_t(count), *one);
    if (rest > 0)
        sizes.back() = rest;
    return sizes;
}

Result<Types> inferSplit(const Call<TensorType>& call)
{
    const auto sizes = partSizes(call.x(), call.attributes);
    if (!sizes)
        return sizes.error();
    Shape shape = call.x().shape;
    const std::size_t dim = *wrappedDim(call.attribute<std::int64_t>("dim"), shape.size());
    Types types;
    for (const std::int64_t size : *sizes) {
        shape[dim] = size;
        types.push_back({call.x().dtype, shape});
    }
    return types;
}

Result<Tensors> forwardSplit(const Call<Tensor>& call)
{
    const auto sizes = partSizes(call.x().type(), call.attributes);
    if (!sizes)
        return sizes.error();
    const std::size_t dim = *wrappedDim(call.attribute<std::int64_t>("dim"), call.x().rank());
    Tensors parts;
    std::int64_t start = 0;
    for (const std::int64_t size : *sizes) {
        parts.push_back(slicedView(call.x(), dim, start, 1, size));
        start += size;
    }
    return parts;
}

}  // namespace

std::vector<Op> joinOps()
{
    using namespace sample;
    const auto along = [](std::int64_t dim) { return Attributes{{"dim", dim}}; };
    const auto i = [](std::int64_t value) { return Attribute(value); };
    const auto into = [](Attribute sizes, std::int64_t dim = 0) {
        return Attributes{{"split_size_or_sections", sizes}, {"dim", dim}};
    };
    const Parameter dim{.name = "dim",
                        .kind = Kind::Int,
                        .help = "the dimension in which they stand behind each other",
                        .fallback = std::int64_t(0)};
    return {
        Op{
            .name = "cat",
            .category = Category::Shaping,
            .summary = "Puts tensors behind each other along a dimension that they have.",
            .parameters = {{.name = "tensors",
                            .kind = Kind::TensorList,
                            .help = "of equal sizes but along dim; tensors of shape [0] are skipped"},
                           dim},
            .formula = "y = [x_0, x_1, ..] along dim",
            .gradient = "dx_i = the part of dy where x_i stands",
            .pictures = {{Picture::Cut}},
            .torch = "torch.cat",
            .overloads = {"(Tensor[] tensors, int dim=0, *, Tensor out=None)"},
            .gradFn = {"CatBackward0"},
            .saves = {},
            .infer = inferCat,
            .forward = forwardCat,
            .vjp = catVjp,
            .samples = {{"vectors", {values({3}), values({2}, 1)}},
                        {"rows", {values({2, 3}), values({1, 3}, 1)}},
                        {"columns", {values({2, 3}), values({2, 1}, 1), values({2, 2}, 2)}, along(1)},
                        {"negative", {values({2, 1, 3}), values({2, 2, 3}, 1)}, along(-2)},
                        {"one", {values({2, 3})}},
                        {"rank_4", {values({1, 2, 2, 3}), values({1, 1, 2, 3}, 1)}, along(1)},
                        {"permuted", {transposed(values({2, 3})), values({1, 3}, 1)}},
                        {"empty_vector", {values({0}), values({2, 3})}, along(1)},
                        {"empty", {values({0, 3}), values({2, 3})}},
                        {"empty_column", {values({2, 0}), values({2, 3})}, along(1)},
                        {"only_empty_columns", {values({2, 0})}, along(-1)},
                        {"nothing", {values({0}), values({0})}},
                        {"nothing_along_no_dim", {values({0}), values({0})}, along(-2)},
                        {"mixed_dtypes", {integers({2}, 0, 9), values({3})}},
                        {"integers", {integers({2}, 0, 9), integers({2}, 0, 9, 1)}},
                        {"integers_and_booleans", {integers({2}, 0, 9), booleans({2})}},
                        {"booleans", {booleans({2}), booleans({3}, 1)}}},
            .errors = {{"sizes", {values({2, 3}), values({2, 2})}},
                       {"column_sizes", {values({2, 3}), values({3, 2})}, along(-1)},
                       {"ranks", {values({2, 3}), values({3})}},
                       {"dim", {values({2, 3}), values({2, 3})}, along(2)},
                       {"scalars", {scalar(1), scalar(2)}},
                       {"second_scalar", {values({2}), scalar(2)}},
                       {"number", {values({2}), Tensor::number(1.0)}},
                       {"number_first", {Tensor::number(1.0), values({2})}},
                       {"none", {}}},
        },
        Op{
            .name = "stack",
            .category = Category::Shaping,
            .summary = "Puts tensors of one shape behind each other along a new dimension.",
            .parameters = {{.name = "tensors", .kind = Kind::TensorList, .help = "of equal shapes"},
                           dim},
            .formula = "y[.., i, ..] = x_i",
            .gradient = "dx_i = dy[.., i, ..]",
            .pictures = {{Picture::Cut}},
            .torch = "torch.stack",
            .overloads = {"(Tensor[] tensors, int dim=0, *, Tensor out=None)"},
            .gradFn = {"StackBackward0"},
            .saves = {},
            .infer = inferStack,
            .forward = forwardStack,
            .vjp = stackVjp,
            .samples = {{"scalars", {scalar(1), scalar(-2), scalar(3)}},
                        {"vectors", {values({3}), values({3}, 1)}},
                        {"last", {values({2, 3}), values({2, 3}, 1)}, along(-1)},
                        {"middle", {values({2, 3}), values({2, 3}, 1)}, along(1)},
                        {"one", {values({2})}},
                        {"rank_4", {values({2, 1, 3}), values({2, 1, 3}, 1)}, along(2)},
                        {"permuted", {transposed(values({2, 3})), values({2, 3}, 1)}},
                        {"empty", {values({0}), values({0})}},
                        {"mixed_dtypes", {scalar(1.5), integers({}, 0, 9)}},
                        {"integers", {integers({2}, 0, 9), integers({2}, 0, 9, 1)}},
                        {"booleans", {booleans({2}), booleans({2}, 1)}}},
            .errors = {{"sizes", {values({2}), values({2}), values({3})}},
                       {"ranks", {values({2, 3}), values({3})}},
                       {"dim", {values({2}), values({2})}, along(2)},
                       {"negative", {values({2}), values({2})}, along(-3)},
                       {"number", {scalar(1), Tensor::number(1.0)}},
                       {"number_first", {Tensor::number(1.0), scalar(1)}},
                       {"none", {}}},
        },
        Op{
            .name = "split",
            .category = Category::Shaping,
            .summary = "Cuts a tensor into parts along a dimension.",
            .parameters = {{.name = "tensor", .kind = Kind::Tensor, .help = "at least one dimension"},
                           {.name = "split_size_or_sections",
                            .kind = Kind::IntOrInts,
                            .help = "the size of every part, the last may be smaller; or a list of the parts' sizes"},
                           {.name = "dim",
                            .kind = Kind::Int,
                            .help = "the dimension that is cut",
                            .fallback = std::int64_t(0)}},
            .variadicOutputs = true,
            .formula = "[y_0, y_1, ..] along dim = x",
            .gradient = "dx = [dy_0, dy_1, ..] along dim",
            .pictures = {{Picture::Joined}},
            .torch = "torch.split",
            .refusal = refusals::split,
            .isPlainTuple = true,
            .gradFn = {"SplitBackward0",
                       [](const Call<Value>& call, const Tensor&) -> std::string_view {
                           const Attribute& sizes = call.attributes.find("split_size_or_sections")->second;
                           return std::holds_alternative<std::int64_t>(sizes) ? "SplitBackward0"
                                                                              : "SplitWithSizesBackward0";
                       }},
            .saves = {},
            .infer = inferSplit,
            .forward = forwardSplit,
            .vjp = [](const VjpCall& call) -> Gradients {
                return {cat(call.dys, call.attribute<std::int64_t>("dim"))};
            },
            .isView = alwaysView,
            .samples = {{"halves", {values({4})}, into(i(2))},
                        {"rest", {values({5, 2})}, into(i(2))},
                        {"one_part", {values({3})}, into(i(3))},
                        {"larger_than_all", {values({3})}, into(i(9))},
                        {"columns", {values({2, 3})}, into(i(2), 1)},
                        {"negative_dim", {values({2, 3, 2})}, into(i(1), -2)},
                        {"sections", {values({5, 2})}, into(IntList{2, 3})},
                        {"one_section", {values({3})}, into(IntList{3})},
                        {"empty_sections", {values({3})}, into(IntList{0, 3, 0})},
                        {"empty_section_of_rows", {values({3, 2})}, into(IntList{1, 0, 2})},
                        {"columns_by_sections", {values({2, 3})}, into(IntList{1, 2}, -1)},
                        {"rank_4", {values({1, 2, 3, 2})}, into(i(2), 2)},
                        {"permuted", {transposed(values({3, 4}))}, into(i(3))},
                        {"empty", {values({0, 2})}, into(i(2))},
                        {"empty_by_0", {values({0, 2})}, into(i(0))},
                        {"empty_rest", {values({3, 0})}, into(i(2))},
                        {"integers", {integers({3}, 0, 9)}, into(i(2))},
                        {"no_sections", {integers({0}, 0, 9)}, into(IntList())},
                        {"booleans", {booleans({3})}, into(IntList{1, 2})}},
            .errors = {{"by_0", {values({3, 2})}, into(i(0))},
                       {"negative", {values({3, 2})}, into(i(-1))},
                       {"negative_and_dim", {values({3, 2})}, into(i(-1), 5)},
                       {"sum", {values({5, 2})}, into(IntList{2, 2})},
                       {"sum_of_columns", {values({5, 2})}, into(IntList{2, 3}, -1)},
                       {"negative_section", {values({5, 2})}, into(IntList{6, -1})},
                       {"no_sections", {values({5, 2})}, into(IntList())},
                       {"dim", {values({2, 3})}, into(i(2), 2)},
                       {"dim_of_sections", {values({2, 3})}, into(IntList{1, -1}, -3)},
                       {"scalar", {scalar(1)}, into(i(1))},
                       {"scalar_by_sections", {scalar(1)}, into(IntList{1})},
                       {"missing", {values({3})}}},
        },
    };
}

}  // namespace chainrule
