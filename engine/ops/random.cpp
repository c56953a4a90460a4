// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/creation.h"
#include "engine/ops/registry.h"
#include "engine/ops/rules.h"
#include "engine/tensor/kernels/random.h"

#include <limits>

namespace chainrule {
namespace {

DType dtypeOf(const Attributes& attributes)
{
    return givenDType(attributes).value_or(DType::Float32);
}

Result<Types> inferUniform(const Call<TensorType>& call)
{
    Shape shape = sizeOf(call.attributes);
    if (const auto refusal = checked(shape))
        return *refusal;
    const DType dtype = dtypeOf(call.attributes);
    if (!isFloating(dtype))
        return notImplementedFor("check_uniform_bounds", dtype);
    return Types{{dtype, std::move(shape)}};
}

/// Without elements PyTorch never asks for the kernel, and any dtype will do.
Result<Types> inferNormal(const Call<TensorType>& call)
{
    Shape shape = sizeOf(call.attributes);
    if (const auto refusal = checked(shape))
        return *refusal;
    const DType dtype = dtypeOf(call.attributes);
    if (!isFloating(dtype) && elementCount(shape) > 0)
        return notImplementedFor("normal_kernel_cpu", dtype);
    return Types{{dtype, std::move(shape)}};
}

template <Tensor (*drawn)(const Shape&, DType, kernel::RandomGenerator&)>
Result<Tensors> forwardDrawn(const Call<Tensor>& call)
{
    const Shape shape = sizeOf(call.attributes);
    const DType dtype = dtypeOf(call.attributes);
    if (!isFloating(dtype))
        return Tensors{Tensor::uninitialized(shape, dtype)};  // It has no elements.
    kernel::RandomGenerator generator(call.attribute<std::int64_t>("seed"));
    return Tensors{drawn(shape, dtype, generator)};
}

}  // namespace

std::vector<Op> randomOps()
{
    const auto i = [](std::int64_t value) { return Attribute(value); };
    const auto sized = [](IntList size) { return Attributes{{"size", size}}; };
    const auto typed = [](IntList size, DType dtype) { return Attributes{{"size", size}, {"dtype", dtype}}; };
    const auto seeded = [i](IntList size, std::int64_t seed) {
        return Attributes{{"size", size}, {"seed", i(seed)}};
    };
    const auto full = [i](IntList size, DType dtype, std::int64_t seed) {
        return Attributes{{"size", size}, {"dtype", dtype}, {"seed", i(seed)}};
    };
    const Parameter seed{.name = "seed",
                         .kind = Parameter::Kind::Int,
                         .help = "the same seed gives the same numbers, as after torch.manual_seed(seed)",
                         .fallback = std::int64_t(0)};
    // PyTorch goes another way from 16 elements on, and at the end where 16 do not divide their number.
    const std::vector<Sample> samples = {
        {"scalar", {}, sized({})},
        {"one", {}, sized({1})},
        {"three", {}, sized({3})},
        {"fifteen", {}, sized({3, 5})},
        {"sixteen", {}, sized({16})},
        {"seventeen", {}, sized({17})},
        {"twenty", {}, sized({4, 5})},
        {"hundred", {}, sized({100})},
        {"thousand", {}, seeded({10, 101}, 12345)},
        {"empty", {}, sized({2, 0})},
        {"seed", {}, seeded({5}, 42)},
        {"seed_blocks", {}, seeded({2, 3, 4}, 42)},
        {"negative_seed", {}, seeded({3}, -1)},
        {"negative_seed_blocks", {}, seeded({32}, -7)},
        {"wide_seed", {}, seeded({20}, (std::int64_t(1) << 32) + 5)},
        {"least_seed", {}, seeded({2}, std::numeric_limits<std::int64_t>::min())},
        {"greatest_seed", {}, seeded({2}, std::numeric_limits<std::int64_t>::max())},
        {"float32", {}, full({33}, DType::Float32, 3)},
        {"double_scalar", {}, typed({}, DType::Float64)},
        {"double", {}, typed({3}, DType::Float64)},
        {"double_sixteen", {}, full({16}, DType::Float64, 7)},
        {"double_twenty", {}, typed({20}, DType::Float64)},
        {"double_hundred", {}, full({100}, DType::Float64, -3)},
        {"half", {}, typed({3}, DType::Float16)},
        {"half_sixteen", {}, full({16}, DType::Float16, 7)},
        {"half_many", {}, full({500}, DType::Float16, 11)},
        {"half_twenty", {}, typed({20}, DType::Float16)},
        {"half_rounded_up", {}, full({20}, DType::Float16, 68)},
        {"bfloat", {}, typed({3}, DType::BFloat16)},
        {"bfloat_fifteen", {}, full({15}, DType::BFloat16, 7)},
        {"bfloat_rounded_up", {}, full({20}, DType::BFloat16, 50)},
        {"bfloat_many", {}, full({500}, DType::BFloat16, 11)},
    };
    std::vector<Sample> normalSamples = samples;
    normalSamples.push_back({"no_integers", {}, typed({0, 3}, DType::Int64)});
    const auto refused = [&](IntList noElements) {
        return std::vector<Sample>{{"negative", {}, sized({2, -1})},
                                   {"negative_integers", {}, typed({-1}, DType::Int64)},
                                   {"huge", {}, sized({std::int64_t(1) << 40, std::int64_t(1) << 40})},
                                   {"integers", {}, typed(noElements, DType::Int64)},
                                   {"integers_blocks", {}, full({20}, DType::Int32, 3)},
                                   {"bytes", {}, typed({2}, DType::UInt8)},
                                   {"booleans", {}, typed({2}, DType::Bool)}};
    };
    return {
        Op{
            .name = "rand",
            .category = Category::Source,
            .summary = "Random numbers from 0 up to, not including, 1, each as likely as the others.",
            .parameters = {sizeParameter(), dtypeParameter("None: float32; only floating ones"), seed},
            .formula = "y ~ U[0, 1)",
            .gradient = "none: it is a leaf",
            .pictures = {},
            .torch = "torch.rand",
            .overloads = {"(int[] size, *, Generator? generator, Tensor out=None, options)",
                          "(int[] size, *, Tensor out=None, options)"},
            .gradFn = {""},
            .saves = {},
            .infer = inferUniform,
            .forward = forwardDrawn<kernel::uniform>,
            .vjp = nullptr,
            .samples = samples,
            .errors = refused({0}),
        },
        Op{
            .name = "randn",
            .category = Category::Source,
            .summary = "Random numbers of the normal distribution with mean 0 and standard deviation 1.",
            .parameters = {sizeParameter(), dtypeParameter("None: float32; only floating ones"), seed},
            .formula = "y ~ N(0, 1)",
            .gradient = "none: it is a leaf",
            .pictures = {},
            .torch = "torch.randn",
            .overloads = {"(int[] size, *, Generator? generator, Tensor out=None, options)",
                          "(int[] size, *, Tensor out=None, options)"},
            .gradFn = {""},
            .saves = {},
            .infer = inferNormal,
            .forward = forwardDrawn<kernel::normal>,
            .vjp = nullptr,
            .samples = normalSamples,
            .errors = refused({2}),
        },
    };
}

}  // namespace chainrule
