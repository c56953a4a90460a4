// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/op.h"

#include "engine/ops/python_call.h"

#include <algorithm>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

std::string_view pythonNumberType(DType dtype)
{
    switch (dtype) {
    case DType::Bool: return "bool";
    case DType::Int64: return "int";
    default: return "float";
    }
}

}  // namespace

std::string_view name(Category category)
{
    switch (category) {
    case Category::Source: return "Source";
    case Category::Arithmetic: return "Arithmetic";
    case Category::Pointwise: return "Pointwise";
    case Category::Comparison: return "Comparison";
    case Category::LinearAlgebra: return "Linear algebra";
    case Category::Activation: return "Activation";
    case Category::Reduction: return "Reduction";
    case Category::Shaping: return "Shaping";
    case Category::Indexing: return "Indexing";
    case Category::Loss: return "Loss";
    case Category::Autograd: return "Autograd";
    case Category::Internal: return "Internal";
    }
    return "";
}

std::string signature(const Op& op)
{
    std::string text;
    for (const Parameter& parameter : op.parameters) {
        text += (text.empty() ? "" : ", ") + std::string(parameter.name);
        if (parameter.fallback)
            text += "=" + python(*parameter.fallback);
        else if (parameter.isTensor() && parameter.acceptsNone)
            text += "=None";
    }
    return std::string(op.torch) + "(" + text + ")";
}

InputPlace parameterOf(const Op& op, std::size_t input)
{
    std::size_t tensor = 0;
    for (std::size_t position = 0; position < op.parameters.size(); ++position) {
        const Parameter& parameter = op.parameters[position];
        if (parameter.kind == Kind::TensorList)
            return {&parameter, position, input - tensor};
        if (parameter.kind == Kind::Tensor && tensor++ == input)
            return {&parameter, position, std::nullopt};
    }
    return {nullptr, 0, std::nullopt};
}

std::size_t Op::tensorParameterCount() const
{
    return std::size_t(std::ranges::count_if(parameters, &Parameter::isTensor));
}

const Parameter* Op::tensorParameter(std::size_t index) const
{
    for (const Parameter& parameter : parameters)
        if (parameter.isTensor() && index-- == 0)
            return &parameter;
    return nullptr;
}

const GradientPicture& Op::picture(std::size_t input) const
{
    std::size_t place = 0;
    for (const Parameter& parameter : parameters) {
        if (!parameter.isTensor())
            continue;
        if (place == input || parameter.kind == Parameter::Kind::TensorList)
            break;
        ++place;
    }
    assert(place < pictures.size());
    return pictures[place];
}

bool Op::savesFor(unsigned inputsThatNeedGrad) const
{
    return std::ranges::any_of(
        saves, [&](const Saved& saved) { return (saved.forInputs & inputsThatNeedGrad) != 0; });
}

const std::string& Spelling::operator[](std::string_view parameter) const
{
    return arguments[std::size_t(std::ranges::find(op.parameters, parameter, &Parameter::name)
                                 - op.parameters.begin())];
}

std::string argumentText(const Op& op, const Parameter& parameter, std::size_t position)
{
    return std::string(op.name) + "(): argument '" + std::string(parameter.name) + "' (position "
           + std::to_string(position) + ") ";
}

Failure numberRefusal(const Op& op, std::size_t input, const TensorType& number)
{
    const auto [parameter, position, item] = parameterOf(op, input);
    if (!number.isNumber || !parameter || parameter->acceptsNumber)
        return std::nullopt;
    const std::string type(pythonNumberType(number.dtype));
    if (parameter->kind == Kind::TensorList)
        return typeError("expected Tensor as element " + std::to_string(*item) + " in argument "
                         + std::to_string(position) + ", but got " + type);
    return typeError(argumentText(op, *parameter, position + 1) + "must be Tensor, not " + type);
}

Result<Types> inferred(const Op& op, std::span<const TensorType> inputs, const Attributes& attributes)
{
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (const auto refused = numberRefusal(op, i, inputs[i])) {
            const auto said = refusal(op, inputs, attributes);
            return said ? *said : *refused;
        }
    return op.infer({inputs, attributes});
}

Result<Tensors> computed(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    InlineVector<Tensor, 3> tensors;
    Types types;
    for (const Value& input : inputs) {
        types.push_back(input.tensor().type());
        types.back().requiresGrad = input.requiresGrad();
        tensors.push_back(input.tensor());
    }
    if (const auto allowed = inferred(op, types, attributes); !allowed)
        return allowed.error();
    return op.forward({tensors, attributes});
}

namespace {

bool handsBackInput(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    if (!op.returnsInput)
        return false;
    InlineVector<Tensor, 3> tensors;
    for (const Value& input : inputs)
        tensors.push_back(input.tensor());
    return op.returnsInput({tensors, attributes});
}

}  // namespace

Values recorded(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                std::span<const Tensor> outputs)
{
    const auto placed = std::ranges::find_if(inputs, &Value::requiresGrad);
    if (placed == inputs.end() || !op.vjp)
        return Values(outputs.begin(), outputs.end());
    if (handsBackInput(op, inputs, attributes))
        return {inputs.front()};
    return placed->tape().record(op, inputs, attributes, outputs);
}

Values unrecorded(const Op& op, std::span<const Value> inputs, const Attributes& attributes,
                  std::span<const Tensor> outputs)
{
    Values values(outputs.begin(), outputs.end());
    if (inputs.empty() || !inputs.front().requiresGrad())
        return values;
    if (handsBackInput(op, inputs, attributes))
        return {inputs.front()};
    if (op.isView && op.isView({inputs, attributes}, outputs.front()))
        for (Value& value : values)
            value = inputs.front().tape().severed(value.tensor());
    return values;
}

std::string_view gradFnName(Tape& tape, std::size_t entry)
{
    const Op* const op = tape.op(entry);
    if (!op || !op->gradFn.of)
        return op ? op->gradFn.name : std::string_view();
    Values inputs;
    for (std::size_t i = 0; i < tape.inputCount(entry); ++i)
        inputs.push_back(tape.input(entry, i));
    return op->gradFn.of({inputs, tape.attributes(entry)}, tape.output(entry, 0));
}

Result<Values> perform(const Op& op, std::span<const Value> inputs, const Attributes& attributes)
{
    const auto outputs = computed(op, inputs, attributes);
    if (!outputs)
        return outputs.error();
    return recorded(op, inputs, attributes, *outputs);
}

}  // namespace chainrule
