// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/operators.h"

#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>
#include <optional>

namespace chainrule {
namespace {

Value run(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    InlineVector<Tensor, 3> tensors;
    for (const Value& input : inputs)
        tensors.push_back(input.tensor());
    const auto outputs = op.forward({tensors, attributes});
    assert(outputs);
    return recorded(op, inputs, attributes, *outputs).front();
}

/// Fills in the defaults.
Value runWith(const Op& op, std::span<const Value> values, Attributes attributes)
{
    for (const auto& [name, value] : op.defaults)
        attributes.emplace(name, value);
    const auto placed = std::ranges::find_if(values, &Value::requiresGrad);
    if (placed == values.end())
        return run(op, values, attributes);
    return run(op, values, placed->tape().keep(std::move(attributes)));
}

// Calls on 0-dim tensors of one floating dtype, and on such a tensor and a number, need no checks, no promotion
// and no broadcasting, which would cost many times what they compute. The functions below go to the kernel.

bool isScalar(const Tensor& x)
{
    return x.isInlineScalar() && isFloating(x.dtype());
}

/// The dtype that such a call computes in; nullopt for others.
std::optional<DType> scalarDType(const Tensor& a, const Tensor& b)
{
    if (isScalar(a) && (b.isNumber() || (b.isInlineScalar() && b.dtype() == a.dtype())))
        return a.dtype();
    if (isScalar(b) && a.isNumber())
        return b.dtype();
    return std::nullopt;
}

/// `y` as the output of `op`, recorded where an input has a place.
Value scalarOutput(const Op& op, Tensor y, const Value& x)
{
    return x.requiresGrad() ? x.tape().record(op, op.defaults, std::move(y), x) : Value(std::move(y));
}

Value scalarOutput(const Op& op, Tensor y, const Value& a, const Value& b)
{
    if (!a.requiresGrad() && !b.requiresGrad())
        return y;
    Tape& tape = a.requiresGrad() ? a.tape() : b.tape();
    return tape.record(op, op.defaults, std::move(y), a, b);
}

/// Of an op that maps one tensor by `kernel`.
template <typename Kernel>
Value mapped(const Op& op, const Value& x, Kernel kernel)
{
    if (!isScalar(x.tensor()))
        return applied(op, {x});
    return scalarOutput(op, kernel(x.tensor(), x.tensor().dtype()), x);
}

/// Of an op that combines two tensors by `kernel`.
template <typename Kernel>
Value combined(const Op& op, const Value& a, const Value& b, Kernel kernel)
{
    if (const auto dtype = scalarDType(a.tensor(), b.tensor()))
        return scalarOutput(op, kernel(a.tensor(), b.tensor(), *dtype), a, b);
    return applied(op, {a, b});
}

std::int64_t rank(const Value& x)
{
    return std::int64_t(x.tensor().rank());
}

}  // namespace

Value applied(const Op& op, std::initializer_list<Value> inputs)
{
    return run(op, std::span(inputs.begin(), inputs.size()), op.defaults);
}

Value applied(const Op& op, std::initializer_list<Value> inputs, Attributes attributes)
{
    return runWith(op, std::span(inputs.begin(), inputs.size()), std::move(attributes));
}

const Op& operation(std::string_view name)
{
    const Op* const op = findOp(name);
    assert(op);
    return *op;
}

Value operator+(const Value& a, const Value& b)
{
    static const Op& op = operation("add");
    return combined(op, a, b, [](const Tensor& x, const Tensor& y, DType dtype) {
        return kernel::add(x, y, std::int64_t(1), dtype);
    });
}

Value operator-(const Value& a, const Value& b)
{
    static const Op& op = operation("sub");
    return combined(op, a, b, [](const Tensor& x, const Tensor& y, DType dtype) {
        return kernel::sub(x, y, std::int64_t(1), dtype);
    });
}

Value operator*(const Value& a, const Value& b)
{
    static const Op& op = operation("mul");
    return combined(op, a, b, kernel::mul);
}

Value operator/(const Value& a, const Value& b)
{
    static const Op& op = operation("div");
    return combined(op, a, b, [](const Tensor& x, const Tensor& y, DType dtype) { return kernel::div(x, y, dtype); });
}

Value operator-(const Value& x)
{
    static const Op& op = operation("neg");
    return mapped(op, x, [](const Tensor& tensor, DType) { return kernel::neg(tensor); });
}

Value operator<(const Value& a, const Value& b)
{
    static const Op& op = operation("lt");
    return applied(op, {a, b});
}

Value operator<=(const Value& a, const Value& b)
{
    static const Op& op = operation("le");
    return applied(op, {a, b});
}

Value operator>(const Value& a, const Value& b)
{
    static const Op& op = operation("gt");
    return applied(op, {a, b});
}

Value operator>=(const Value& a, const Value& b)
{
    static const Op& op = operation("ge");
    return applied(op, {a, b});
}

Value equal(const Value& a, const Value& b)
{
    static const Op& op = operation("eq");
    return applied(op, {a, b});
}

Value pow(const Value& x, const Value& exponent)
{
    static const Op& op = operation("pow");
    return applied(op, {x, exponent});
}

Value square(const Value& x)
{
    return x * x;
}

Value exp(const Value& x)
{
    static const Op& op = operation("exp");
    return mapped(op, x, kernel::exp);
}

Value log(const Value& x)
{
    static const Op& op = operation("log");
    return mapped(op, x, kernel::log);
}

Value sqrt(const Value& x)
{
    static const Op& op = operation("sqrt");
    return mapped(op, x, kernel::sqrt);
}

Value abs(const Value& x)
{
    static const Op& op = operation("abs");
    return applied(op, {x});
}

Value sign(const Value& x)
{
    static const Op& op = operation("sign");
    return applied(op, {x});
}

Value sin(const Value& x)
{
    static const Op& op = operation("sin");
    return mapped(op, x, kernel::sin);
}

Value cos(const Value& x)
{
    static const Op& op = operation("cos");
    return mapped(op, x, kernel::cos);
}

Value sigmoid(const Value& x)
{
    static const Op& op = operation("sigmoid");
    return mapped(op, x, kernel::sigmoid);
}

Value tanh(const Value& x)
{
    static const Op& op = operation("tanh");
    return mapped(op, x, kernel::tanh);
}

Value relu(const Value& x)
{
    static const Op& op = operation("relu");
    return mapped(op, x, [](const Tensor& tensor, DType) { return kernel::relu(tensor); });
}

Value where(const Value& condition, const Value& x, const Value& y)
{
    static const Op& op = operation("where");
    return applied(op, {condition, x, y});
}

Value matmul(const Value& a, const Value& b)
{
    static const Op& op = operation("matmul");
    return applied(op, {a, b});
}

Value mT(const Value& x)
{
    return transpose(x, -2, -1);
}

Value sum(const Value& x)
{
    static const Op& op = operation("sum");
    return applied(op, {x});
}

Value sum(const Value& x, const IntList& dims, bool keepdim)
{
    static const Op& op = operation("sum");
    return applied(op, {x}, {{"dim", dims}, {"keepdim", keepdim}});
}

Value mean(const Value& x)
{
    static const Op& op = operation("mean");
    return applied(op, {x});
}

Value mean(const Value& x, const IntList& dims, bool keepdim)
{
    static const Op& op = operation("mean");
    return applied(op, {x}, {{"dim", dims}, {"keepdim", keepdim}});
}

Value sumTo(const Value& x, const Shape& shape)
{
    if (x.tensor().shape() == shape)
        return x;
    static const Op& op = operation("sum_to_size");
    return applied(op, {x}, {{"size", IntList(shape.begin(), shape.end())}});
}

Value softmax(const Value& x, std::int64_t dim)
{
    static const Op& op = operation("softmax");
    return applied(op, {x}, {{"dim", dim}});
}

Value logSoftmax(const Value& x, std::int64_t dim)
{
    static const Op& op = operation("log_softmax");
    return applied(op, {x}, {{"dim", dim}});
}

Value to(const Value& x, DType dtype)
{
    if (x.tensor().dtype() == dtype)
        return x;
    static const Op& op = operation("to");
    return applied(op, {x}, {{"dtype", dtype}});
}

Value widened(const Value& x)
{
    const DType dtype = x.tensor().dtype();
    return dtype == DType::Float16 || dtype == DType::BFloat16 ? to(x, DType::Float32) : x;
}

Value expand(const Value& x, const Shape& shape)
{
    if (x.tensor().shape() == shape)
        return x;
    static const Op& op = operation("expand");
    return applied(op, {x}, {{"size", IntList(shape.begin(), shape.end())}});
}

Value reshape(const Value& x, const Shape& shape)
{
    if (x.tensor().shape() == shape)
        return x;
    static const Op& op = operation("reshape");
    return applied(op, {x}, {{"shape", IntList(shape.begin(), shape.end())}});
}

Value transpose(const Value& x, std::int64_t dim0, std::int64_t dim1)
{
    if (rank(x) < 2)
        return x;
    static const Op& op = operation("transpose");
    return applied(op, {x}, {{"dim0", dim0}, {"dim1", dim1}});
}

Value permute(const Value& x, const IntList& dims)
{
    static const Op& op = operation("permute");
    return applied(op, {x}, {{"dims", dims}});
}

Value unsqueeze(const Value& x, std::int64_t dim)
{
    static const Op& op = operation("unsqueeze");
    return applied(op, {x}, {{"dim", dim}});
}

Value squeeze(const Value& x, std::int64_t dim)
{
    static const Op& op = operation("squeeze");
    return applied(op, {x}, {{"dim", dim}});
}

Value slice(const Value& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step)
{
    static const Op& op = operation("slice");
    return applied(op, {x}, {{"dim", dim}, {"start", start}, {"end", end}, {"step", step}});
}

Value select(const Value& x, std::int64_t dim, std::int64_t index)
{
    static const Op& op = operation("select");
    return applied(op, {x}, {{"dim", dim}, {"index", index}});
}

Value sliceBackward(const Value& x, const Shape& shape, std::int64_t dim, std::int64_t start, std::int64_t step)
{
    static const Op& op = operation("slice_backward");
    const std::int64_t end = shape[std::size_t(dim)];
    return applied(op, {x}, {{"input_sizes", IntList(shape.begin(), shape.end())}, {"dim", dim}, {"start", start},
                             {"end", end}, {"step", step}});
}

Value cat(std::span<const Value> parts, std::int64_t dim)
{
    static const Op& op = operation("cat");
    return runWith(op, parts, {{"dim", dim}});
}

Value zerosLike(const Value& x)
{
    return Tensor::full(x.tensor().shape(), 0.0, x.tensor().dtype());
}

}  // namespace chainrule
