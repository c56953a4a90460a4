// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/reduction.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/tensor/kernels/spread.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

const Parameter input{.name = "input", .kind = Kind::Tensor, .help = "any shape"};
const Parameter dim = dimsParameter();
const Parameter correction{.name = "correction",
                           .kind = Kind::Number,
                           .help = "what is taken from the count: 1 for a sample, 0 for all there are",
                           .fallback = std::int64_t(1),
                           .acceptsNone = true,
                           .forNone = std::int64_t(1)};
const Parameter keepdim = keepdimParameter();

double number(const Attribute& attribute)
{
    return as<double>(scalarOf(attribute));
}

template <typename T>
double correctionOf(const Call<T>& call)
{
    return number(call.attributes.find("correction")->second);
}

/// A reduction's output, or its gradient, so that it meets the input: with the dims that it lost as dims of size 1, but
/// those of a single number.
Value keptIn(const Value& y, const VjpCall& call)
{
    const Shape& shape = call.x().tensor().shape();
    const bool isWhole = call.isNone("dim") || call.attribute<IntList>("dim").empty();
    return isWhole || y.tensor().rank() == shape.size() ? y : withDims(y, reduced(call, shape));
}

Value sumOverDims(const Value& x, const VjpCall& call)
{
    const auto flags = reduced(call, call.x().tensor().shape());
    IntList dims;
    for (std::size_t d = 0; d < flags.size(); ++d)
        if (flags[d])
            dims.push_back(std::int64_t(d));
    return sum(x, dims, true);
}

// Variance

Result<Types> inferVariance(const Call<TensorType>& call)
{
    if (!isFloating(call.x().dtype))
        return runtimeError("std and var only support floating point and complex dtypes");
    return inferReduced(call, call.x().dtype);
}

template <Tensor (*kernel)(const Tensor&, const InlineVector<bool, 16>&, bool, double)>
Result<Tensors> forwardVariance(const Call<Tensor>& call)
{
    return Tensors{kernel(call.x(), reduced(call, call.x().shape()), call.attribute<bool>("keepdim"),
                          correctionOf(call))};
}

/// What goes back for `dy`, the gradient of the variance. PyTorch has a rule of its own for n ≤ c over all elements,
/// and for an empty list of dims it takes n for 1.
Value varianceGradient(const Value& dy, const VjpCall& call)
{
    const Value& x = call.x();
    const Shape& shape = x.tensor().shape();
    const auto count = double(kernel::reducedCount(shape, reduced(call, shape)));
    const bool isWhole = call.isNone("dim") || shape.empty();
    const bool hasNoDims = !isWhole && call.attribute<IntList>("dim").empty();
    const double freedom = (hasNoDims ? 1.0 : count) - correctionOf(call);
    const Value slope = shape.size() > 1 ? keptIn(dy, call) : dy;
    const Value centre = isWhole ? mean(x) : mean(x, call.attribute<IntList>("dim"), true);
    if (isWhole && freedom <= 0) {
        const Value factor = where(equal(x, centre), double(NAN), double(INFINITY));
        return dy * factor;  // Which is float32, and so is it.
    }
    const Value distance = x - centre;
    return scaled(slope, 2 / freedom) * distance;
}

Attributes corrected(Attribute taken, Attributes others = {})
{
    others.emplace("correction", std::move(taken));
    return others;
}

std::vector<Sample> varianceSamples()
{
    using namespace sample;
    const auto count = [](std::int64_t n) { return Attribute(n); };
    return {{"everything", {values({2, 3})}},
            {"keepdim_alone", {values({2, 3}, 1)}, {{"keepdim", true}}},
            {"vector", {values({5}, 1)}, over({0})},
            {"columns", {values({2, 3}, 2)}, over({0})},
            {"rows", {values({2, 3}, 3)}, over({1})},
            {"keepdim", {values({2, 3}, 4)}, keeping({-1})},
            {"two_dims", {values({2, 3, 4}, 5)}, over({0, 2})},
            {"two_dims_kept", {values({2, 3, 4}, 6)}, keeping({-1, 0})},
            {"middle", {values({2, 3, 4}, 7)}, over({1})},
            {"four_dims", {values({2, 1, 3, 2}, 8)}, over({1, -1})},
            {"no_dims_are_all", {vector({1, 2, 4, 9})}, over({})},
            {"no_dims_are_all_kept", {vector({1, 2, 4, 9})}, keeping({})},
            {"population", {values({2, 3}, 9)}, corrected(count(0))},
            {"population_rows", {values({2, 3}, 10)}, corrected(count(0), over({1}))},
            {"half_correction", {values({4}, 11)}, corrected(1.5)},
            {"boolean_correction", {values({4}, 12)}, corrected(true)},
            {"negative_correction", {values({4}, 13)}, corrected(count(-2))},
            {"correction_is_all", {values({3}, 14)}, corrected(count(3))},
            {"correction_is_all_rows", {values({2, 3}, 14)}, corrected(count(3), over({1}))},
            {"correction_is_more", {values({3}, 15)}, corrected(count(5))},
            {"correction_is_more_rows", {values({2, 3}, 15)}, corrected(count(5), over({1}))},
            {"scalar", {scalar(2.5)}},
            {"scalar_dim", {scalar(2.5)}, keeping({-1})},
            {"scalar_population", {scalar(2.5)}, corrected(count(0))},
            {"one", {vector({2.5})}},
            {"ones_along", {values({3, 1}, 16)}, over({1})},
            {"ones_along_population", {values({3, 1}, 16)}, corrected(count(0), over({1}))},
            {"constant", {vector({2, 2, 2, 2})}},
            {"zeros", {vector({0, -0.0, 1, 1})}},
            {"constant_rows", {Tensor::full({2, 4}, 0.5, DType::Float64)}, over({1})},
            {"far_from_zero", {vector({1000001, 1000002, 1000004})}},
            {"long", {values({1200}, 17)}},
            {"long_columns", {values({40, 30}, 18)}, over({0})},
            {"permuted", {transposed(values({3, 4}, 19))}, over({0})},
            {"permuted_rows", {transposed(values({20, 12}, 20))}, over({1})},
            {"permuted_everything", {transposed(values({2, 3, 4}, 21))}},
            {"empty", {values({0})}},
            {"empty_dim", {values({2, 0})}, over({1})},
            {"empty_rest", {values({2, 0})}, keeping({0})},
            {"infinite", {vector({INFINITY, 1, 2})}},
            {"nan", {vector({NAN, 1, 2})}}};
}

std::vector<Sample> varianceErrors()
{
    using namespace sample;
    return {{"integers", {integers({3}, 0, 9)}},
            {"booleans", {booleans({3})}, over({0})},
            {"dtype_before_dim", {integers({3}, 0, 9)}, over({5})},
            {"dim", {values({2, 3})}, over({2})},
            {"negative_dim", {values({2, 3})}, over({0, -3})},
            {"scalar_dim", {scalar(1)}, over({1})},
            {"repeated", {values({2, 3})}, over({0, 0})},
            {"repeated_negative", {values({2, 3})}, over({1, -1})}};
}

// Norm

/// "fro" is 2.
template <typename T>
double order(const Call<T>& call)
{
    const Attribute& p = call.attributes.find("p")->second;
    return std::holds_alternative<std::string>(p) ? 2.0 : number(p);
}

const IntList& givenDims(const Call<TensorType>& call)
{
    static const IntList none;
    return call.isNone("dim") ? none : call.attribute<IntList>("dim");
}

Error needsFloating(std::string_view function, DType dtype)
{
    return runtimeError(std::string(function) + ": Expected a floating point or complex tensor as input. Got "
                        + std::string(messageName(dtype)));
}

Error refusedNuclearNorm(std::int64_t first, std::int64_t second, std::size_t rank)
{
    const auto row = wrappedDim(first, rank), column = wrappedDim(second, rank);
    if (!row || !column)
        return !row ? row.error() : column.error();
    if (*row == *column)
        return runtimeError("linalg.matrix_norm: dims must be different. Got (" + std::to_string(*row) + ", "
                            + std::to_string(*column) + ")");
    return runtimeError("the nuclear norm is not supported by Chainrule");
}

/// A string that means a matrix norm, which "fro" does from three dims on and "nuc" always.
Failure refusedMatrixNorm(const Call<TensorType>& call)
{
    const auto* const name = std::get_if<std::string>(&call.attributes.find("p")->second);
    if (!name)
        return std::nullopt;
    if (*name != "fro" && *name != "nuc")
        return runtimeError("linalg.matrix_norm: Order " + *name + " not supported.");
    IntList dims = givenDims(call);
    if (*name == "fro" && dims.size() <= 2)
        return std::nullopt;
    for (std::size_t d = 0; call.isNone("dim") && d < call.x().shape.size(); ++d)
        dims.push_back(std::int64_t(d));
    if (call.x().shape.size() < 2)
        return runtimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.");
    if (!isFloating(call.x().dtype))
        return needsFloating("linalg.matrix_norm", call.x().dtype);
    if (call.x().dtype == DType::Float16 || call.x().dtype == DType::BFloat16)
        return runtimeError("linalg.matrix_norm: Low precision dtypes not supported. Got "
                            + std::string(messageName(call.x().dtype)));
    if (dims.size() == 2)
        return refusedNuclearNorm(dims[0], dims[1], call.x().shape.size());
    std::string text;
    for (const std::int64_t given : dims)
        text += (text.empty() ? "" : " ") + std::to_string(given);
    return runtimeError("linalg.matrix_norm: dim must be a 2-tuple. Got " + text);
}

/// "-1.5" or "inf", as C++ streams write it.
std::string shortText(double value)
{
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    const std::string text = python(Attribute(value));
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

/// No element is the largest or the smallest of none.
Failure refusedEmptyNorm(const Call<TensorType>& call)
{
    const double p = order(call);
    if (!(p < 0) && p != INFINITY)
        return std::nullopt;
    const std::string start = "linalg.vector_norm cannot compute the " + shortText(p) + " norm on ";
    const Shape& shape = call.x().shape;
    for (const std::int64_t given : givenDims(call)) {
        const auto wrapped = wrappedDim(given, shape.size());
        if (!wrapped)
            return wrapped.error();
        if (!shape.empty() && shape[*wrapped] == 0)
            return runtimeError(start + "the dimension " + std::to_string(given)
                                + "because this dimension is empty and the operation does not have an identity");
    }
    if (givenDims(call).empty() && elementCount(shape) == 0)
        return runtimeError(start + "an empty tensor because the operation does not have an identity");
    return std::nullopt;
}

Result<Types> inferNorm(const Call<TensorType>& call)
{
    if (const auto refusal = refusedMatrixNorm(call))
        return *refusal;
    if (!isFloating(call.x().dtype))
        return needsFloating("linalg.vector_norm", call.x().dtype);
    if (const auto refusal = refusedEmptyNorm(call))
        return *refusal;
    return inferReduced(call, call.x().dtype);
}

Gradients normVjp(const VjpCall& call)
{
    const double p = order(call);
    const Value& x = call.x();
    const Value dy = keptIn(call.dy(), call);
    const Value y = keptIn(call.y(), call);
    if (p == 0)  // A count has no slope, and PyTorch sends nothing back.
        return {std::nullopt};
    if (p == 1)
        return {sgn(x) * dy};
    if (p == 2)
        return {dy * maskedFill(x / y, equal(y, 0.0), 0.0)};
    const Value magnitude = abs(x);
    if (std::isinf(p)) {  // What is NaN counts as found.
        const Value found = where(equal(x, x), to(equal(magnitude, y), x.tensor().dtype()), 1.0);
        const Value share = dy / sumOverDims(found, call) * found;
        return {sgn(x) * share};
    }
    const Value power = pow(magnitude, p < 2 ? p - 1 : p - 2);
    if (p < 1) {
        const Value size = maskedFill(power, equal(x, 0.0), 0.0);
        const Value scaledX = sgn(x) * size;
        const Value scale = pow(y, 1 - p);
        return {scaledX * dy * scale};
    }
    const Value scaledX = p < 2 ? sgn(x) * power : x * power;
    return {scaledX * maskedFill(dy / pow(y, p - 1), equal(y, 0.0), 0.0)};
}

Attributes ofOrder(Attribute p, Attributes others = {})
{
    others.emplace("p", std::move(p));
    return others;
}

std::vector<Sample> normSamples()
{
    using namespace sample;
    const auto p = [](std::int64_t order) { return Attribute(order); };
    const double infinity = INFINITY;
    return {{"everything", {values({2, 3})}},
            {"keepdim_alone", {values({2, 3}, 1)}, {{"keepdim", true}}},
            {"two", {values({2, 3}, 1)}, ofOrder(p(2))},
            {"fro_rows", {values({2, 3}, 2)}, ofOrder(std::string("fro"), over({1}))},
            {"vector", {values({5}, 1)}, over({0})},
            {"columns", {values({2, 3}, 2)}, over({0})},
            {"keepdim", {values({2, 3}, 4)}, keeping({-1})},
            {"two_dims", {values({2, 3, 4}, 5)}, over({0, 2})},
            {"four_dims", {values({2, 1, 3, 2}, 8)}, over({1, -1})},
            {"three_dims", {values({2, 3, 4}, 6)}, ofOrder(p(2), keeping({-1, 0, 1}))},
            {"middle", {values({2, 3, 4}, 7)}, over({1})},
            {"no_dims_are_all", {values({2, 3}, 9)}, over({})},
            {"no_dims_are_all_kept", {values({2, 3}, 10)}, ofOrder(p(3), keeping({}))},
            {"scalar", {scalar(-2.5)}},
            {"scalar_dim", {scalar(-2.5)}, keeping({-1})},
            {"scalar_three", {scalar(-2.5)}, ofOrder(p(3))},
            {"ones_along", {values({3, 1}, 16)}, ofOrder(1.5, over({1}))},
            {"zero", {vector({0, 0})}},
            {"zero_row", {Tensor::full({2, 2}, 0.0, DType::Float64)}, over({1})},
            {"with_zero", {vector({3, 0, -4})}},
            {"one", {values({2, 3}, 11)}, ofOrder(p(1))},
            {"one_rows", {values({2, 3}, 11)}, ofOrder(1.0, over({1}))},
            {"one_with_zero", {vector({3, 0, -4})}, ofOrder(true)},
            {"count", {vector({3, 0, -4})}, ofOrder(p(0))},
            {"count_rows", {values({2, 3}, 12)}, ofOrder(0.0, keeping({1}))},
            {"count_of_one", {vector({-0.0})}, ofOrder(p(0))},
            {"three", {values({2, 3}, 13)}, ofOrder(p(3))},
            {"three_rows", {values({2, 3}, 13)}, ofOrder(p(3), over({1}))},
            {"three_with_zero", {vector({3, 0, -4})}, ofOrder(p(3))},
            {"three_of_zero", {vector({0, 0})}, ofOrder(p(3))},
            {"one_and_half", {values({2, 3}, 14)}, ofOrder(1.5, over({0}))},
            {"one_and_half_with_zero", {vector({3, 0, -4})}, ofOrder(1.5)},
            {"half", {values({2, 3}, 15)}, ofOrder(0.5)},
            {"half_with_zero", {vector({3, 0, -4})}, ofOrder(0.5)},
            {"minus_one", {values({2, 3}, 16)}, ofOrder(p(-1), over({-1}))},
            {"minus_one_with_zero", {vector({3, 0, -4})}, ofOrder(p(-1))},
            {"largest", {values({2, 3}, 17)}, ofOrder(infinity)},
            {"largest_rows", {values({2, 3}, 17)}, ofOrder(infinity, over({1}))},
            {"largest_two_dims", {values({2, 3, 4}, 18)}, ofOrder(infinity, over({0, 2}))},
            {"largest_ties", {vector({1, -3, 3, 2})}, ofOrder(infinity)},
            {"largest_of_zero", {vector({0, 0})}, ofOrder(infinity)},
            {"largest_nan", {vector({1, NAN, 3})}, ofOrder(infinity)},
            {"smallest", {values({2, 3}, 19)}, ofOrder(-infinity)},
            {"smallest_columns", {values({2, 3}, 19)}, ofOrder(-infinity, keeping({0}))},
            {"smallest_ties", {vector({4, -3, 3})}, ofOrder(-infinity)},
            {"nan", {vector({NAN, 1})}},
            {"infinite", {vector({-INFINITY, 1})}},
            {"long", {values({1200}, 20)}},
            {"long_columns", {values({40, 30}, 21)}, ofOrder(p(3), over({0}))},
            {"permuted", {transposed(values({3, 4}, 22))}, over({0})},
            {"permuted_largest", {transposed(values({3, 4}, 23))}, ofOrder(infinity, over({1}))},
            {"permuted_everything", {transposed(values({2, 3, 4}, 24))}, ofOrder(1.5)},
            {"empty", {values({0})}},
            {"empty_dim", {values({2, 0})}, ofOrder(p(3), over({1}))},
            {"empty_rest", {values({2, 0})}, ofOrder(infinity, keeping({0}))}};
}

std::vector<Sample> normErrors()
{
    using namespace sample;
    const double infinity = INFINITY;
    const std::string fro = "fro", foo = "foo", nuc = "nuc";
    return {{"integers", {integers({3}, 0, 9)}},
            {"booleans", {booleans({3})}, over({0})},
            {"dtype_before_dim", {integers({3}, 0, 9)}, ofOrder(1.0, over({5}))},
            {"dim", {values({2, 3})}, over({2})},
            {"negative_dim", {values({2, 3})}, ofOrder(3.0, over({0, -3}))},
            {"scalar_dim", {scalar(1)}, over({1})},
            {"repeated", {values({2, 3})}, over({0, 0})},
            {"repeated_negative", {values({2, 3})}, ofOrder(infinity, over({1, -1}))},
            {"order", {values({2, 3})}, ofOrder(foo)},
            {"order_of_integers", {integers({3}, 0, 9)}, ofOrder(foo, over({0}))},
            {"matrix_of_three_dims", {values({2, 3, 4})}, over({0, -1, 7})},
            {"matrix_of_vector", {values({2})}, ofOrder(fro, over({0, 1, 2}))},
            {"matrix_of_integers", {integers({2, 3}, 0, 9)}, over({0, 1, 2})},
            {"nuclear_of_vector", {values({3})}, ofOrder(nuc)},
            {"nuclear_of_three_dims", {values({2, 3, 4})}, ofOrder(nuc)},
            {"nuclear_along_one_dim", {values({2, 3})}, ofOrder(nuc, over({1}))},
            {"nuclear_without_dims", {values({2, 3})}, ofOrder(nuc, over({}))},
            {"nuclear_repeated", {values({2, 3})}, ofOrder(nuc, over({0, -2}))},
            {"nuclear_dim", {values({2, 3})}, ofOrder(nuc, over({5, 0}))},
            {"nuclear_of_halves", {Tensor::full({2, 3}, 1.0, DType::Float16)}, ofOrder(nuc)},
            {"nuclear_of_integers", {integers({2, 3}, 0, 9)}, ofOrder(nuc)},
            {"empty_largest", {values({0})}, ofOrder(infinity)},
            {"empty_smallest", {values({2, 0})}, ofOrder(-infinity, over({}))},
            {"empty_dim_largest", {values({2, 0})}, ofOrder(infinity, over({0, 1}))},
            {"empty_dim_negative", {values({2, 0})}, ofOrder(-1.5, over({-1}))},
            {"empty_dim_minus_one", {values({2, 0})}, ofOrder(std::int64_t(-1), over({1, 5}))},
            {"empty_dim_after_wrong", {values({2, 0})}, ofOrder(std::int64_t(-1), over({5, 1}))}};
}

}  // namespace

std::vector<Op> spreadOps()
{
    return {
        Op{
            .name = "var",
            .category = Category::Reduction,
            .summary = "The variance of elements: how far they are from their mean, squared.",
            .parameters = {input, dim, correction, keepdim},
            .formula = "y = (sum of (x - mean)^2 over dim) / max(0, n - correction)",
            .gradient = "dx = dy * 2 * (x - mean) / (n - correction)",
            .pictures = {{Picture::Repeated, "2 * (x - mean) / (n - correction)"}},
            .torch = "torch.var",
            .overloads = {"(Tensor input, int[1]? dim, bool unbiased=True, bool keepdim=False, *, Tensor out=None)",
                          "(Tensor input, int[1]? dim=None, *, Number correction=None, bool keepdim=False, "
                          "Tensor out=None)",
                          "(Tensor input, bool unbiased=True)"},
            .gradFn = {"VarBackward0"},
            .saves = {{"self"}},
            .infer = inferVariance,
            .forward = forwardVariance<kernel::variance>,
            .vjp = [](const VjpCall& call) -> Gradients { return {varianceGradient(call.dy(), call)}; },
            .samples = varianceSamples(),
            .errors = varianceErrors(),
        },
        Op{
            .name = "std",
            .category = Category::Reduction,
            .summary = "The standard deviation of elements: how far they are from their mean.",
            .parameters = {input, dim, correction, keepdim},
            .formula = "y = sqrt((sum of (x - mean)^2 over dim) / max(0, n - correction))",
            .gradient = "dx = dy * (x - mean) / ((n - correction) * y), 0 where y is 0",
            .pictures = {{Picture::Repeated, "(x - mean) / ((n - correction) * y)"}},
            .torch = "torch.std",
            .overloads = {"(Tensor input, int[1]? dim, bool unbiased=True, bool keepdim=False, *, Tensor out=None)",
                          "(Tensor input, int[1]? dim=None, *, Number correction=None, bool keepdim=False, "
                          "Tensor out=None)",
                          "(Tensor input, bool unbiased=True)"},
            .gradFn = {"StdBackward0"},
            .saves = {{"result"}, {"self"}},
            .infer = inferVariance,
            .forward = forwardVariance<kernel::deviation>,
            .vjp = [](const VjpCall& call) -> Gradients {
                const Value& y = call.y();
                return {varianceGradient(maskedFill(call.dy() / scaled(y, 2), equal(y, 0.0), 0.0), call)};
            },
            .samples = varianceSamples(),
            .errors = varianceErrors(),
        },
        Op{
            .name = "norm",
            .category = Category::Reduction,
            .summary = "The length of a vector: of all elements, or of those along some dimensions.",
            .parameters = {input,
                           {.name = "p",
                            .kind = Kind::NumberOrString,
                            .help = "\"fro\", 2: the length; 1: the sum of |x|; inf: the largest; 0: how many not 0",
                            .fallback = std::string("fro"),
                            .acceptsNone = true,
                            .forNone = 2.0},
                           dim, keepdim},
            .formula = "y = (sum of |x|^p over dim)^(1/p)",
            .gradient = "dx = dy * x * |x|^(p-2) / y^(p-1); for p = 2 it is dy * x / y; 0 where y is 0",
            .pictures = {{Picture::Repeated, "x * |x|^(p-2) / y^(p-1)"}},
            .torch = "torch.norm",
            .refusal = refusals::norm,
            .gradFn = {"LinalgVectorNormBackward0"},
            .saves = {{"result"}, {"self"}},
            .infer = inferNorm,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::norm(call.x(), reduced(call, call.x().shape()),
                                            call.attribute<bool>("keepdim"), order(call))};
            },
            .vjp = normVjp,
            .samples = normSamples(),
            .errors = normErrors(),
        },
    };
}

}  // namespace chainrule
