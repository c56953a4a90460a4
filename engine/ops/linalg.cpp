// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"
#include "engine/ops/product_gradients.h"
#include "engine/ops/product_rules.h"
#include "engine/ops/registry.h"
#include "engine/ops/rule_ops.h"
#include "engine/ops/rules.h"
#include "engine/ops/samples.h"
#include "engine/ops/traces.h"
#include "engine/ops/views.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/gemm.h"

#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

// matmul

/// Of a product a · b; `isLeftTrained`: a requires grad.
std::string_view productGradFn(const Tensor& a, const Tensor& b, bool isLeftTrained, const Tensor& output)
{
    const std::size_t left = a.rank();
    const std::size_t right = b.rank();
    if (left == 1 && right == 1)
        return "DotBackward0";
    if (left == 2 && right == 1)
        return "MvBackward0";
    if (left == 2 && right == 2)
        return "MmBackward0";
    if (left == 1 && right == 2)
        return "SqueezeBackward4";
    // PyTorch multiplies the other way round here, if the matrix requires grad, and turns the result.
    const bool isMatrix = left == 2 || (left == 3 && right == 3 && a.shape()[0] == 1);
    const bool isOneBatch = right == 3 && b.shape()[0] == 1 && left == 3;
    if (isLeftTrained && isMatrix && right > 2 && !isOneBatch) {
        const Shape& shape = output.shape();
        const bool staysContiguous = output.size() == 0 || shape[shape.size() - 2] == 1 || shape.back() == 1;
        return staysContiguous ? "TransposeBackward0" : "CloneBackward0";
    }
    return "UnsafeViewBackward0";
}

std::string_view matmulGradFn(const Call<Value>& call, const Tensor& output)
{
    return productGradFn(call.x(0).tensor(), call.x(1).tensor(), call.x(0).requiresGrad(), output);
}

Gradients matmulVjp(const VjpCall& call)
{
    return productGradients(call.x(0), call.x(1), [&] { return call.dy(); }, {call.needs(0), call.needs(1)});
}

// linear

std::string_view linearGradFn(const Call<Value>& call, const Tensor& output)
{
    const Tensor& x = call.x(0).tensor();
    const Tensor& weight = call.x(1).tensor();
    if (call.has(2)) {
        if (x.rank() == 2)
            return "AddmmBackward0";
        return isFusedBias(x.type(), call.x(2).tensor().type()) ? "ViewBackward0" : "AddBackward0";
    }
    const bool isLeftTrained = call.x(0).requiresGrad();
    return productGradFn(x, weight.rank() == 1 ? weight : transposedView(weight, 0, 1), isLeftTrained, output);
}

Result<Tensors> forwardLinear(const Call<Tensor>& call)
{
    const Tensor& x = call.x(0);
    const Tensor& weight = call.x(1);
    const Tensor product = kernel::matmul(x, weight.rank() == 1 ? weight : transposedView(weight, 0, 1));
    if (!call.has(2))
        return Tensors{product};
    const DType dtype = product.dtype();
    const Tensor bias = kernel::cast(call.x(2), dtype);
    if (x.rank() == 2 || !isFusedBias(x.type(), call.x(2).type()))
        return Tensors{kernel::add(product, bias, std::int64_t(1), dtype)};
    const Shape matrix = rowsOfAll(product.shape());
    const Tensor sum =
        kernel::add(product.restrided(matrix, contiguousStrides(matrix)), bias, std::int64_t(1), dtype);
    return Tensors{sum.restrided(product.shape(), contiguousStrides(product.shape()))};
}

/// Of the kernel that multiplies matrices and adds a bias: to the input and to the weight, turned.
Gradients fusedGradients(const VjpCall& call)
{
    const Value& x = call.x(0);
    const Shape& shape = x.tensor().shape();
    const bool isMatrix = shape.size() == 2;
    const Value folded = isMatrix ? x : viewed(x, rowsOfAll(shape));
    const Value weight = turned(call.x(1));
    const Value slope = isMatrix ? call.dy() : viewed(call.dy(), rowsOfAll(call.dy().tensor().shape()));
    Gradients gradients(3);
    if (call.needs(0))
        gradients[0] = leftGradient(folded, weight, slope);
    if (call.needs(1))
        gradients[1] = rightGradient(folded, weight, slope);
    if (call.needs(2))
        gradients[2] = fittedWhereRecorded(slope, call.x(2));
    if (gradients[1])
        gradients[1] = turned(*gradients[1]);
    if (gradients[0] && !isMatrix)
        gradients[0] = viewed(*gradients[0], shape);
    return gradients;
}

Gradients linearVjp(const VjpCall& call)
{
    const Value& x = call.x(0);
    // PyTorch adds the bias in the kernel that multiplies two matrices, if it can bring the input to that form.
    if (call.has(2) && isFusedBias(x.tensor().type(), call.x(2).tensor().type()))
        return fusedGradients(call);
    Gradients gradients(call.inputs.size());
    const UpstreamAtLast upstream = [&] {
        if (call.has(2) && call.needs(2))
            gradients[2] = fittedWhereRecorded(call.dy(), call.x(2));
        return call.dy();
    };
    const Gradients both = productGradients(x, turned(call.x(1)), upstream, {call.needs(0), call.needs(1)});
    gradients[0] = both[0];
    if (both[1])
        gradients[1] = turned(*both[1]);
    return gradients;
}

Tensor specialMatrix()
{
    const Tensor numbers = sample::vector({NAN, 1, INFINITY, -1});
    return numbers.restrided({2, 2}, {2, 1});
}

std::vector<Sample> matmulSamples()
{
    using namespace sample;
    return {{"matrices", {values({2, 3}), values({3, 4}, 1)}},
            {"vectors", {values({3}), values({3}, 1)}},
            {"matrix_and_vector", {values({2, 3}), values({3}, 1)}},
            {"vector_and_matrix", {values({3}), values({3, 4}, 1)}},
            {"batch_and_matrix", {values({2, 2, 3}), values({3, 4}, 1)}},
            {"batch_and_vector", {values({2, 2, 3}), values({3}, 1)}},
            {"matrix_and_batch", {values({2, 3}), values({2, 3, 4}, 1)}},
            {"row_and_batch", {values({1, 3}), values({2, 3, 4}, 1)}},
            {"vector_and_batch", {values({3}), values({2, 3, 4}, 1)}},
            {"batches", {values({2, 2, 3}), values({2, 3, 4}, 1)}},
            {"broadcast_batches", {values({2, 1, 2, 3}), values({3, 3, 2}, 1)}},
            {"batches_of_matrices", {values({2, 2, 2, 3}), values({3, 2}, 1)}},
            {"one_on_the_left", {values({1, 2, 3}), values({2, 3, 2}, 1)}},
            {"one_on_the_right", {values({2, 2, 3}), values({1, 3, 2}, 1)}},
            {"one_everywhere", {values({1, 2, 3}), values({1, 3, 2}, 1)}},
            {"larger", {values({17, 33}), values({33, 9}, 1)}},
            {"permuted", {transposed(values({2, 3})), transposed(values({3, 2}, 1))}},
            {"permuted_batch", {transposed(values({2, 2, 3})), values({3, 2}, 1)}},
            {"no_rows", {values({0, 3}), values({3, 2}, 1)}},
            {"no_columns", {values({2, 3}), values({3, 0})}},
            {"no_sum", {values({2, 0}), values({0, 3})}},
            {"no_elements", {values({0}), values({0})}},
            {"no_batch", {values({0, 2, 3}), values({3, 4}, 1)}},
            {"no_batches", {values({0, 2, 3}), values({0, 3, 2})}},
            {"no_batches_of_two_dtypes", {kernel::cast(values({0, 2, 3}), DType::Float32), values({0, 3, 2})}},
            {"vector_of_nothing", {values({0}), values({0, 3})}},
            {"nothing_in_batches", {values({2, 2, 0}), values({2, 0, 3})}},
            {"one_element", {values({1, 1}), values({1, 1}, 1)}},
            {"special", {Tensor::full({1, 2}, 1.0, DType::Float64), specialMatrix()}},
            {"special_vectors", {vector({NAN, 1}), vector({1, INFINITY})}},
            {"integers", {integers({2, 3}, -4, 5), integers({3, 2}, -4, 5, 1)}},
            {"integer_batches", {integers({2, 2, 3}, -4, 5), integers({2, 3, 2}, -4, 5, 1)}}};
}

std::vector<Sample> matmulErrors()
{
    using namespace sample;
    return {{"scalar", {scalar(1), values({3})}},
            {"scalar_right", {values({2, 3}), scalar(1)}},
            {"number", {values({2, 3}), Tensor::number(2.0)}},
            {"vectors", {values({3}), values({2})}},
            {"matrices", {values({2, 3}), values({4, 5})}},
            {"matrix_and_vector", {values({2, 3}), values({2})}},
            {"vector_and_matrix", {values({3}), values({4, 5})}},
            {"batch_and_matrix", {values({5, 2, 3}), values({4, 5})}},
            {"batch_and_vector", {values({5, 2, 3}), values({2})}},
            {"matrix_and_batch", {values({2, 3}), values({5, 4, 2})}},
            {"vector_and_batch", {values({3}), values({5, 4, 2})}},
            {"batches", {values({5, 2, 3}), values({5, 4, 3})}},
            {"batch_sizes", {values({5, 2, 3}), values({4, 3, 4})}},
            {"one_on_the_left", {values({1, 2, 3}), values({5, 4, 2})}},
            {"one_on_the_right", {values({5, 2, 3}), values({1, 4, 2})}},
            {"dtypes_of_vectors", {integers({3}, 0, 5), values({3})}},
            {"dtypes_of_matrices", {integers({2, 3}, 0, 5), values({3, 4})}},
            {"dtypes_of_matrix_and_vector", {integers({2, 3}, 0, 5), values({3})}},
            {"dtypes_of_batches", {values({5, 2, 3}), integers({5, 3, 4}, 0, 5)}},
            {"booleans", {booleans({2, 3}), booleans({3, 2})}},
            {"boolean_vectors", {booleans({3}), booleans({3})}},
            {"boolean_matrix_and_vector", {booleans({2, 3}), booleans({3})}},
            {"boolean_batches", {booleans({2, 2, 3}), booleans({2, 3, 2})}},
            {"booleans_before_dtypes", {booleans({2, 2, 3}), values({2, 3, 2})}}};
}

std::vector<Sample> dotSamples()
{
    using namespace sample;
    return {{"vectors", {values({3}), values({3}, 1)}},
            {"one_element", {values({1}), values({1}, 1)}},
            {"long", {values({100}), values({100}, 1)}},
            {"empty", {values({0}), values({0})}},
            {"infinite", {vector({INFINITY, 1}), vector({0, 2})}},
            {"nan", {vector({NAN, 1}), vector({0, 2})}},
            {"strided", {everySecond(values({6})), values({3}, 1)}},
            {"integers", {integers({3}, -4, 5), integers({3}, -4, 5, 1)}}};
}

std::vector<Sample> dotErrors()
{
    using namespace sample;
    return {{"sizes", {values({2}), values({3})}},
            {"ranks", {values({2, 3}), values({3})}},
            {"matrix_right", {values({1}), values({1, 1})}},
            {"scalar", {scalar(1), values({3})}},
            {"dtypes", {integers({3}, 0, 5), values({3})}},
            {"dtypes_and_sizes", {values({2}), integers({3}, 0, 5)}},
            {"booleans", {booleans({3}), booleans({3}, 1)}},
            {"number", {values({3}), Tensor::number(2.0)}},
            {"number_first", {Tensor::number(2.0), values({3})}},
            {"missing", {values({3})}}};
}

std::vector<Sample> linearSamples()
{
    using namespace sample;
    const Tensor none = Tensor::none();
    return {{"layer", {values({2, 3}), values({4, 3}, 1), values({4}, 2)}},
            {"without_bias", {values({2, 3}), values({4, 3}, 1)}},
            {"vector", {values({3}), values({4, 3}, 1), values({4}, 2)}},
            {"vector_without_bias", {values({3}), values({4, 3}, 1), none}},
            {"batch", {values({2, 2, 3}), values({4, 3}, 1), values({4}, 2)}},
            {"batch_without_bias", {values({2, 2, 3}), values({4, 3}, 1)}},
            {"one_neuron", {values({2, 3}), values({3}, 1)}},
            {"two_vectors", {values({3}), values({3}, 1)}},
            {"one_neuron_with_bias", {values({2, 2, 3}), values({3}, 1), scalar(0.5)}},
            {"scalar_bias", {values({2, 3}), values({4, 3}, 1), scalar(0.5)}},
            {"scalar_bias_of_batch", {values({2, 2, 3}), values({4, 3}, 1), scalar(0.5)}},
            {"matrix_bias", {values({2, 3}), values({4, 3}, 1), values({2, 4}, 2)}},
            {"bias_of_1", {values({2, 3}), values({4, 3}, 1), values({1}, 2)}},
            {"bias_as_row", {values({3}), values({4, 3}, 1), values({1, 4}, 2)}},
            {"bias_as_column", {values({2, 1, 2, 3}), values({4, 3}, 1), values({4, 1}, 2)}},
            {"strided_bias", {values({3}), values({4, 3}, 1), everySecond(values({8}, 2))}},
            {"column_of_permuted", {transposed(values({2, 2, 3})), values({4, 3}, 1), values({2, 1}, 2)}},
            {"bias_of_permuted", {transposed(values({2, 2, 3})), values({4, 3}, 1), values({4}, 2)}},
            {"permuted", {transposed(values({2, 3})), transposed(values({4, 3}, 1)), values({4}, 2)}},
            {"empty", {values({0, 3}), values({4, 3}, 1), values({4}, 2)}},
            {"no_features", {values({2, 0}), values({4, 0}), values({4}, 2)}},
            {"rank_4", {values({2, 1, 2, 3}), values({4, 3}, 1), values({4}, 2)}},
            {"bias_of_another_dtype",
             {transposed(values({2, 2, 3})), values({4, 3}, 1), kernel::cast(values({4}), DType::Float32)}},
            {"rank_4_without_bias", {values({2, 1, 2, 3}), values({4, 3}, 1)}},
            {"special", {specialMatrix(), values({3, 2}, 1), vector({0, INFINITY, 1})}},
            {"integers", {integers({2, 3}, -4, 5), integers({4, 3}, -4, 5, 1), integers({4}, -4, 5, 2)}}};
}

std::vector<Sample> linearErrors()
{
    using namespace sample;
    return {{"features", {values({2, 3}), values({4, 2})}},
            {"features_with_bias", {values({2, 3}), values({4, 2}), values({4})}},
            {"features_of_batch", {values({5, 2, 3}), values({4, 2}), values({4})}},
            {"bias", {values({2, 3}), values({4, 3}), values({3})}},
            {"bias_of_vector", {values({3}), values({4, 3}), values({3})}},
            {"bias_of_batch", {values({5, 2, 3}), values({4, 3}), values({3})}},
            {"matrix_bias_of_vector", {values({3}), values({4, 3}), values({2, 4})}},
            {"matrix_bias_of_batch", {values({5, 2, 3}), values({4, 3}), values({3, 4})}},
            {"bias_of_permuted", {transposed(values({2, 2, 3})), values({4, 3}), values({3})}},
            {"bias_of_one_neuron", {values({2, 3}), values({3}), values({2})}},
            {"scalar", {scalar(1), values({4, 3})}},
            {"scalar_weight", {values({2, 3}), scalar(1)}},
            {"batch_of_weights", {values({2, 3}), values({5, 4, 3})}},
            {"dtypes", {values({2, 3}), integers({4, 3}, 0, 5)}},
            {"dtypes_with_bias", {integers({2, 3}, 0, 5), values({4, 3}), values({4})}},
            {"dtype_of_bias", {values({2, 3}), values({4, 3}), integers({4}, 0, 5)}},
            {"booleans", {booleans({2, 3}), booleans({4, 3})}},
            {"number", {values({2, 3}), values({4, 3}), Tensor::number(2.0)}},
            {"number_first", {Tensor::number(2.0), values({4, 3})}},
            {"number_as_weight", {values({2, 3}), Tensor::number(2.0)}},
            {"missing", {values({2, 3})}}};
}

}  // namespace

std::vector<Op> linalgOps()
{
    return {
        Op{
            .name = "matmul",
            .category = Category::LinearAlgebra,
            .summary = "The product of two matrices, vectors, or batches of matrices.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "(.., n, k), or a vector (k)"},
                           {.name = "other", .kind = Kind::Tensor, .help = "(.., k, m), or a vector (k)"}},
            .formula = "y = x @ other",
            .gradient = "dx = dy @ other^T, dother = x^T @ dy",
            .pictures = {{.kind = Picture::Product, .factors = {{{}, {1, true}}}},
                         {.kind = Picture::Product, .factors = {{{0, true}, {}}}}},
            .torch = "torch.matmul",
            .overloads = {"(Tensor input, Tensor other, *, Tensor out=None)"},
            .symbol = "@",
            .gradFn = {"MmBackward0", matmulGradFn},
            .saves = {{"mat2", 0b01}, {"self", 0b10}},
            .gradFns = traces::matmul,
            .infer = inferMatmul,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::matmul(call.x(0), call.x(1))};
            },
            .vjp = matmulVjp,
            .samples = matmulSamples(),
            .errors = matmulErrors(),
        },
        Op{
            .name = "dot",
            .category = Category::LinearAlgebra,
            .summary = "The inner product of two vectors.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "a vector (n)"},
                           {.name = "tensor", .kind = Kind::Tensor, .help = "a vector (n)"}},
            .formula = "y = sum of x[i] * tensor[i]",
            .gradient = "dx = dy * tensor, dtensor = dy * x",
            .pictures = {{Picture::Repeated, "tensor"}, {Picture::Repeated, "x"}},
            .torch = "torch.dot",
            .overloads = {"(Tensor input, Tensor tensor, *, Tensor out=None)"},
            .gradFn = {"DotBackward0"},
            .saves = {{"self", 0b10}, {"tensor", 0b01}},
            .infer = inferDot,
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{kernel::matmul(call.x(0), call.x(1))};
            },
            .vjp = [](const VjpCall& call) -> Gradients {
                Gradients gradients(2);
                if (call.needs(0))
                    gradients[0] = call.dy() * call.x(1);
                if (call.needs(1))
                    gradients[1] = call.dy() * call.x(0);
                return gradients;
            },
            .samples = dotSamples(),
            .errors = dotErrors(),
        },
        Op{
            .name = "linear",
            .category = Category::LinearAlgebra,
            .summary = "A layer of neurons: multiplies by a matrix of weights and adds a bias.",
            .parameters = {{.name = "input", .kind = Kind::Tensor, .help = "(.., in)"},
                           {.name = "weight", .kind = Kind::Tensor, .help = "(out, in), or (in) for one neuron"},
                           {.name = "bias",
                            .kind = Kind::Tensor,
                            .help = "(out)",
                            .fallback = None(),
                            .acceptsNone = true}},
            .formula = "y = x @ weight^T + bias",
            .gradient = "dx = dy @ weight, dweight = dy^T @ x, dbias = sum of dy over all but the last dim",
            .pictures = {{.kind = Picture::Product, .factors = {{{}, {1, false}}}},
                         {.kind = Picture::Product, .factors = {{{std::nullopt, true}, {0, false}}}},
                         {Picture::Unchanged}},
            .torch = "torch.nn.functional.linear",
            .overloads = {"(Tensor input, Tensor weight, Tensor bias=None)"},
            .gradFn = {"AddmmBackward0", linearGradFn},
            .saves = {{"mat2", 0b001}, {"mat1", 0b010}},
            .gradFns = traces::linear,
            .infer = inferLinear,
            .forward = forwardLinear,
            .vjp = linearVjp,
            .samples = linearSamples(),
            .errors = linearErrors(),
        },
    };
}

}  // namespace chainrule
