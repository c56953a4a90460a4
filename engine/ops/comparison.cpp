// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/tensor/kernels/elementwise.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;
using kernel::Comparison;

Result<Types> inferMask(const Call<TensorType>& call)
{
    auto shape = broadcastShape(call.inputs);
    if (!shape)
        return shape.error();
    if (auto refusal = refusedPromotion(call.inputs))
        return *std::move(refusal);
    return Types{{DType::Bool, *std::move(shape)}};
}

template <Comparison comparison>
Result<Tensors> forwardMask(const Call<Tensor>& call)
{
    const TensorType types[] = {call.x(0).type(), call.x(1).type()};
    return Tensors{kernel::compare(call.x(0), call.x(1), comparison, promotedDType(types))};
}

Op comparisonOp(std::string_view name, std::string_view torch, std::string_view symbol, std::string_view summary,
                std::string_view formula, Result<Tensors> (*forward)(const Call<Tensor>&))
{
    using namespace sample;
    return Op{
        .name = name,
        .category = Category::Comparison,
        .summary = summary,
        .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "any shape", .differentiable = false},
                       {.name = "other",
                        .kind = Kind::Tensor,
                        .help = "broadcasts with input",
                        .acceptsNumber = true,
                        .differentiable = false}},
        .formula = formula,
        .gradient = "not differentiable",
        .pictures = {},
        .torch = torch,
        .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)",
                      "(Tensor input, Number other, *, Tensor out=None)"},
        .symbol = symbol,
        .gradFn = {""},
        .saves = {},
        .infer = inferMask,
        .forward = forward,
        .vjp = nullptr,
        .samples = {{"vectors", {vector({1, 2, 3}), vector({3, 2, 1})}},
                    {"nan", {vector({NAN, 1, NAN}), vector({1, NAN, NAN})}},
                    {"rows", {values({2, 3}), values({3}, 1)}},
                    {"row_first", {values({3}), values({2, 3}, 1)}},
                    {"columns", {values({1, 3}), values({2, 1}, 1)}},
                    {"cube", {values({2, 1, 3}), values({2, 1, 3}, 1)}},
                    {"rank_4", {values({2, 1, 3, 2}), scalar(0.5)}},
                    {"permuted", {transposed(values({2, 3})), values({2, 3}, 1)}},
                    {"infinite", {vector({INFINITY, -INFINITY, INFINITY}), vector({INFINITY, INFINITY, 1})}},
                    {"zeros", {vector({0, -0.0}), vector({-0.0, 0})}},
                    {"scalars", {scalar(1), scalar(1)}},
                    {"empty", {values({0, 3}), values({3})}},
                    {"number", {vector({1, 2, 3}), Tensor::number(2.0)}},
                    {"integers", {integers({4}, 0, 3), integers({4}, 0, 3, 1)}},
                    {"integers_and_number", {integers({4}, 0, 3), Tensor::number(1.5)}},
                    {"booleans", {booleans({4}), booleans({4}, 1)}}},
        .errors = {{"shapes", {values({2, 3}), values({4})}}},
    };
}

}  // namespace

std::vector<Op> comparisonOps()
{
    using namespace sample;
    return {
        comparisonOp("eq", "torch.eq", "==", "True where two elements are equal.", "y = (x == other)",
                     forwardMask<Comparison::Equal>),
        comparisonOp("ne", "torch.ne", "!=", "True where two elements differ; NaN differs from everything.",
                     "y = (x != other)", forwardMask<Comparison::NotEqual>),
        comparisonOp("lt", "torch.lt", "<", "True where the first element is smaller.", "y = (x < other)",
                     forwardMask<Comparison::Less>),
        comparisonOp("le", "torch.le", "<=", "True where the first element is smaller or equal.", "y = (x <= other)",
                     forwardMask<Comparison::LessEqual>),
        comparisonOp("gt", "torch.gt", ">", "True where the first element is larger.", "y = (x > other)",
                     forwardMask<Comparison::Greater>),
        comparisonOp("ge", "torch.ge", ">=", "True where the first element is larger or equal.", "y = (x >= other)",
                     forwardMask<Comparison::GreaterEqual>),
        Op{
            .name = "where",
            .category = Category::Comparison,
            .summary = "Chooses each element from one of two tensors by a condition.",
            .parameters = {{.name = "condition", .kind = Kind::Tensor, .help = "bool", .differentiable = false},
                           {.name = "input",
                            .kind = Kind::Tensor,
                            .help = "chosen where the condition is true",
                            .acceptsNumber = true},
                           {.name = "other",
                            .kind = Kind::Tensor,
                            .help = "chosen where the condition is false",
                            .acceptsNumber = true}},
            .formula = "y = x where condition, else other",
            .gradient = "dx = dy where condition, else 0; dother = 0 where condition, else dy",
            .pictures = {{Picture::Nothing},
                         {Picture::Mask, "1 where condition"},
                         {Picture::Mask, "1 where not condition"}},
            .torch = "torch.where",
            .overloads = {"(Tensor condition)",
                          "(Tensor condition, Tensor input, Tensor other, *, Tensor out=None)",
                          "(Tensor condition, Number self, Tensor other)",
                          "(Tensor condition, Tensor input, Number other)",
                          "(Tensor condition, Number self, Number other)"},
            .gradFn = {"WhereBackward0"},
            .saves = {{"condition"}},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                const DType condition = call.x(0).dtype;
                if (condition != DType::Bool && condition != DType::UInt8)
                    return runtimeError("where expected condition to be a boolean tensor, but got a tensor with dtype "
                                        + std::string(messageName(condition)));
                auto shape = broadcastShape(call.inputs);
                if (!shape)
                    return shape.error();
                const auto chosen = call.inputs.subspan(1);
                for (auto refusal : {refusedPromotion(chosen), refusedUnsigned(chosen)})
                    if (refusal)
                        return *std::move(refusal);
                return Types{{promotedDType(chosen), *std::move(shape)}};
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                const TensorType types[] = {call.x(1).type(), call.x(2).type()};
                const DType dtype = promotedDType(types);
                const bool isHalf = dtype == DType::Float16 || dtype == DType::BFloat16;  // They take infinity instead.
                for (const Tensor& chosen : call.inputs.subspan(1))
                    if (chosen.isNumber() && !isHalf)
                        if (auto refusal = refusedNumber(chosen.item(), dtype))
                            return *std::move(refusal);
                return Tensors{kernel::where(call.x(0), call.x(1), call.x(2), dtype)};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(3);
                if (call.needs(2))
                    gradients[2] = where(call.x(0), 0.0, call.dy());
                if (call.needs(1))
                    gradients[1] = where(call.x(0), call.dy(), 0.0);
                return gradients;
            },
            .samples = {{"vectors", {booleans({4}), values({4}), values({4}, 1)}},
                        {"scalars", {Tensor::scalar(true, DType::Bool), scalar(1), scalar(2)}},
                        {"broadcast", {booleans({2, 1}), values({3}), scalar(7)}},
                        {"row_of_conditions", {booleans({3}), values({2, 3}), values({2, 3}, 1)}},
                        {"broadcast_input", {booleans({2, 3}), values({3}), values({2, 1}, 1)}},
                        {"cube", {booleans({2, 1, 3}), values({2, 2, 1}), values({2, 3}, 1)}},
                        {"rank_4", {booleans({2, 1, 3, 2}), values({2, 1, 3, 2}), values({2, 1, 3, 2}, 1)}},
                        {"special", {booleans({4}), vector({NAN, INFINITY, 1, -INFINITY}),
                                     vector({1, NAN, INFINITY, NAN})}},
                        {"numbers", {booleans({3}), values({3}), Tensor::number(0.0)}},
                        {"number_first", {booleans({3}), Tensor::number(1.0), values({3})}},
                        {"two_numbers", {booleans({3}), Tensor::number(1.0), Tensor::number(std::int64_t(2))}},
                        {"empty", {booleans({0}), values({0}), values({1})}},
                        {"permuted", {booleans({2, 3}), transposed(values({2, 3})), transposed(values({2, 3}, 1))}},
                        {"mixed_dtypes", {booleans({3}), integers({3}, 0, 9), values({3})}},
                        {"integers", {booleans({3}), integers({3}, 0, 9), integers({3}, 0, 9, 1)}}},
            .errors = {{"condition", {integers({3}, 0, 2), values({3}), values({3})}},
                       {"shapes", {booleans({2}), values({3}), values({3})}},
                       {"more_shapes", {booleans({3}), values({3}), values({2})}}},
        },
    };
}

}  // namespace chainrule
