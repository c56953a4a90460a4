// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/local_rule.h"

#include "engine/autograd/gradcheck.h"
#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

/// The values of a parameter's links, None where an optional tensor is left out.
void append(const Evaluation& evaluation, const Parameter& parameter, const Input& input, std::vector<Tensor>& inputs)
{
    const auto value = [&](const Source& source) { return evaluation.value(*evaluation.resolve(source)).tensor(); };
    if (const SourceList* const list = input.list())
        for (const auto& item : *list)
            inputs.push_back(value(*item));
    else if (const Source* const source = input.single())
        inputs.push_back(value(*source));
    else if (parameter.kind == Parameter::Kind::Tensor)
        inputs.push_back(Tensor::none());
}

/// 1 … 2 with either sign, always the same for the same number.
double irregular(std::uint64_t number)
{
    const std::uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15;
    return (1 + double(mixed >> 40) / double(1 << 24)) * ((mixed >> 39 & 1) ? -1 : 1);
}

}  // namespace

bool isFloatingOperand(const Tensor& tensor)
{
    return !tensor.isNone() && isFloating(tensor.dtype());
}

Tensor tensorOf(std::span<const double> elements, const Shape& shape, DType dtype)
{
    Tensor tensor = Tensor::uninitialized(shape, DType::Float64);
    std::ranges::copy(elements, tensor.writable<double>());
    return kernel::cast(tensor, dtype);
}

std::vector<double> elementsOf(const Tensor& tensor)
{
    std::vector<double> elements(std::size_t(tensor.size()));
    if (tensor.dtype() == DType::Float64 && tensor.isContiguous())
        std::copy_n(tensor.data<double>(), tensor.size(), elements.begin());
    else
        for (std::int64_t i = 0; i < tensor.size(); ++i)
            elements[std::size_t(i)] = as<double>(tensor.at(i));
    return elements;
}

std::optional<Tensors> OperationUse::outputs() const
{
    Values values;
    for (const Tensor& input : inputs)
        values.push_back(input);
    auto tensors = computed(*op, values, attributes);
    return tensors ? std::optional(*std::move(tensors)) : std::nullopt;
}

std::optional<Tensor> OperationUse::sentBack(std::span<const Tensor> ys, const Upstream& upstream,
                                             std::size_t input) const
{
    const auto isFloat = [](const Tensor& y) { return isFloating(y.dtype()); };
    if (!op->vjp || std::ranges::none_of(ys, isFloat))  // Through integers nothing goes back.
        return std::nullopt;
    Values values, outputs, dys;
    InlineVector<bool, 4> needed;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        values.push_back(inputs[i]);
        needed.push_back(i == input);
    }
    for (std::size_t k = 0; k < ys.size(); ++k) {
        outputs.push_back(ys[k]);
        if (k < upstream.size() && upstream[k])
            dys.push_back(*upstream[k]);
        else
            dys.push_back(isFloating(ys[k].dtype()) ? zerosLike(ys[k]) : Value(Tensor::none()));
    }
    const VjpCall call{{values, attributes}, outputs, dys, std::span(needed.data(), needed.size())};
    if (op->refusedVjp && op->refusedVjp(call))
        return std::nullopt;
    Gradients sent = op->vjp(call);
    if (input >= sent.size() || !sent[input])
        return std::nullopt;
    fit(*sent[input], inputs[input]);
    return sent[input]->tensor();
}

OperationUse OperationUse::inFloat64() const
{
    OperationUse use{op, chainrule::inFloat64(attributes), inputs};
    for (Tensor& input : use.inputs)
        if (isFloatingOperand(input) && !input.isNumber())
            input = kernel::cast(input, DType::Float64);
    return use;
}

OperationUse useOf(const Tape& tape, std::size_t entry)
{
    OperationUse use{tape.op(entry), tape.attributes(entry), {}};
    for (std::size_t i = 0; i < tape.inputCount(entry); ++i)
        use.inputs.push_back(tape.inputTensor(entry, i));
    return use;
}

std::vector<Tensor> outputsOf(const Tape& tape, std::size_t entry)
{
    std::vector<Tensor> outputs;
    for (std::size_t k = 0; k < tape.outputCount(entry); ++k)
        outputs.push_back(tape.output(entry, k));
    return outputs;
}

std::optional<OperationUse> useOf(const Evaluation& evaluation, NodeId id)
{
    const Node& node = evaluation.graph().at(id);
    const Op* const op = findOp(node.op);
    if (!op || evaluation[id].error || node.muted || op->readsFile || op->walksBack)
        return std::nullopt;
    OperationUse use{op, {}, {}};
    InlineVector<bool, 4> isGiven;
    static const Input open;
    for (const Parameter& parameter : op->parameters) {
        if (!parameter.isTensor())
            continue;
        const Input& input = isGiven.size() < node.inputs.size() ? node.inputs[isGiven.size()] : open;
        isGiven.push_back(!input.isOpen());
        append(evaluation, parameter, input, use.inputs);
    }
    auto attributes = completed(*op, {isGiven.data(), isGiven.size()}, node.attributes);
    if (!attributes)
        return std::nullopt;
    use.attributes = *std::move(attributes);
    return use;
}

std::optional<Tensor> elementwiseDerivative(const OperationUse& use, std::span<const Tensor> ys, std::size_t input)
{
    if (ys.size() != 1 || !isFloating(ys[0].dtype()) || ys[0].shape() != use.inputs[input].shape())
        return std::nullopt;
    std::vector<double> dy(std::size_t(ys[0].size()));
    for (std::size_t i = 0; i < dy.size(); ++i)
        dy[i] = irregular(i);
    const auto derivative = use.sentBack(ys, {Tensor::full(ys[0].shape(), 1.0, ys[0].dtype())}, input);
    const auto sent = use.sentBack(ys, {tensorOf(dy, ys[0].shape(), ys[0].dtype())}, input);
    if (!derivative || !sent)
        return std::nullopt;
    const std::vector<double> slopes = elementsOf(*derivative), products = elementsOf(*sent);
    constexpr double rounding = 0.02;  // Of bfloat16, twice.
    for (std::size_t i = 0; i < dy.size(); ++i) {
        const double expected = slopes[i] * dy[i];
        const bool isSame = expected == products[i] || (std::isnan(expected) && std::isnan(products[i]))
                            || std::abs(expected - products[i]) <= rounding * std::abs(products[i]);
        if (!isSame)
            return std::nullopt;
    }
    return derivative;
}

}  // namespace chainrule
