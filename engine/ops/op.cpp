// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/op.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

std::string_view baseText(Kind kind)
{
    switch (kind) {
    case Kind::Tensor: return "tensor";
    case Kind::TensorList: return "tensor[]";
    case Kind::Number: return "number";
    case Kind::NumberOrString: return "number|string";
    case Kind::Int: return "int";
    case Kind::Ints: return "int[]";
    case Kind::IntsOrNones: return "int?[]";
    case Kind::IntLists: return "int[][]";
    case Kind::IntOrInts: return "int|int[]";
    case Kind::IntsOrString: return "int[]|string";
    case Kind::Float: return "float";
    case Kind::Floats: return "float[]";
    case Kind::Bool: return "bool";
    case Kind::String: return "string";
    case Kind::DType: return "dtype";
    }
    return "";
}

/// What PyTorch says an argument must be.
std::string_view expected(Kind kind)
{
    switch (kind) {
    case Kind::Tensor: return "Tensor";
    case Kind::TensorList: return "tuple of Tensors";
    case Kind::Number: return "Number";
    case Kind::NumberOrString: return "Number or str";
    case Kind::Int: return "int";
    case Kind::Ints:
    case Kind::IntsOrNones:
    case Kind::IntOrInts:
    case Kind::IntsOrString: return "tuple of ints";
    case Kind::IntLists: return "tuple of tuples of ints";
    case Kind::Float: return "float";
    case Kind::Floats: return "tuple of floats";
    case Kind::Bool: return "bool";
    case Kind::String: return "str";
    case Kind::DType: return "torch.dtype";
    }
    return "";
}

std::string_view pythonType(const Attribute& attribute)
{
    constexpr std::string_view names[] = {"NoneType", "bool", "int", "float", "str",
                                          "list", "list", "list", "list", "torch.dtype"};
    return names[attribute.index()];
}

template <typename T>
const T* get(const Attribute& attribute)
{
    return std::get_if<T>(&attribute);
}

/// What JSON cannot hold as a number.
std::optional<double> numberFromText(const Attribute& attribute)
{
    const auto* text = get<std::string>(attribute);
    if (text && *text == "nan")
        return std::nan("");
    if (text && (*text == "inf" || *text == "-inf"))
        return *text == "inf" ? HUGE_VAL : -HUGE_VAL;
    return std::nullopt;
}

std::optional<double> asFloat(const Attribute& given)
{
    if (const auto* number = get<double>(given))
        return *number;
    if (const auto* integer = get<std::int64_t>(given))
        return double(*integer);
    return numberFromText(given);
}

std::optional<Attribute> asInts(const Attribute& given)
{
    if (const auto* integer = get<std::int64_t>(given))
        return IntList{*integer};
    if (get<IntList>(given))
        return given;
    return std::nullopt;
}

/// `given` in the form that `kind` has, or nullopt where Python would not take it.
std::optional<Attribute> converted(Kind kind, const Attribute& given)
{
    switch (kind) {
    case Kind::Int:
        if (get<std::int64_t>(given))
            return given;
        break;
    case Kind::Bool:
        if (get<bool>(given))
            return given;
        break;
    case Kind::String:
        if (get<std::string>(given))
            return given;
        break;
    case Kind::Float:
        if (const auto number = asFloat(given))
            return *number;
        break;
    case Kind::NumberOrString:
    case Kind::Number:
        if (get<bool>(given) || get<std::int64_t>(given))
            return given;
        if (const auto number = asFloat(given))
            return *number;
        if (kind == Kind::NumberOrString && get<std::string>(given))
            return given;
        break;
    case Kind::Ints:
        return asInts(given);
    case Kind::IntOrInts:
        if (get<std::int64_t>(given))
            return given;
        return asInts(given);
    case Kind::IntsOrString:
        if (get<std::string>(given))
            return given;
        return asInts(given);
    case Kind::IntsOrNones:
        if (get<OptionalIntList>(given))
            return given;
        if (const auto ints = asInts(given))
            return OptionalIntList(get<IntList>(*ints)->begin(), get<IntList>(*ints)->end());
        break;
    case Kind::IntLists:
        if (get<IntListList>(given))
            return given;
        if (const auto* ints = get<IntList>(given); ints && ints->empty())
            return IntListList();
        break;
    case Kind::Floats:
        if (get<FloatList>(given))
            return given;
        if (const auto* ints = get<IntList>(given))
            return FloatList(ints->begin(), ints->end());
        break;
    case Kind::DType:
        if (get<DType>(given))
            return given;
        if (const auto* text = get<std::string>(given))
            if (const auto dtype = dtypeFromName(*text))
                return *dtype;
        break;
    case Kind::Tensor:
    case Kind::TensorList:
        break;
    }
    return std::nullopt;
}

/// "(position 2) ", where people give the argument without its name: as long as all must be given.
std::string positionText(const Op& op, const Parameter& parameter)
{
    if (op.torch.empty())  // Python's own.
        return {};
    std::size_t position = op.torch.starts_with("torch.Tensor.") ? 0 : 1;  // A method counts from behind its tensor.
    for (const Parameter& before : op.parameters) {
        if (before.fallback || (before.isTensor() && before.acceptsNone))
            return {};
        if (before.name == parameter.name)
            return "(position " + std::to_string(position) + ") ";
        ++position;
    }
    return {};
}

Error missing(const Op& op, const std::vector<std::string_view>& names)
{
    const std::string count = std::to_string(names.size());
    const std::size_t prefix = op.isPythonFunction ? op.name.rfind('.') + 1 : 0;  // Python leaves its module out.
    std::string text = std::string(op.name.substr(prefix)) + "() missing " + count + " required positional argument";
    if (!op.isPythonFunction) {
        text += names.size() == 1 ? "s: " : ": ";  // Sic: PyTorch has the plural the wrong way round.
        for (const std::string_view name : names)
            text += (name == names.front() ? "\"" : ", \"") + std::string(name) + "\"";
        return typeError(text);
    }
    text += names.size() == 1 ? ": " : "s: ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            text += i + 1 < names.size() ? ", " : names.size() > 2 ? ", and " : " and ";
        text += "'" + std::string(names[i]) + "'";
    }
    return typeError(text);
}

std::string_view pythonNumberType(DType dtype)
{
    switch (dtype) {
    case DType::Bool: return "bool";
    case DType::Int64: return "int";
    default: return "float";
    }
}

}  // namespace

std::string kindText(const Parameter& parameter)
{
    return std::string(baseText(parameter.kind)) + (parameter.acceptsNone ? "?" : "");
}

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

Result<Attribute> converted(const Op& op, const Parameter& parameter, const Attribute& given)
{
    if (get<None>(given) && parameter.acceptsNone)
        return Attribute(None());
    if (const auto* text = get<std::string>(given);
        text && parameter.kind == Kind::DType && text->starts_with("complex"))
        return runtimeError("complex tensors are not supported by Chainrule");
    if (auto fitting = converted(parameter.kind, given))
        return *std::move(fitting);
    return typeError(std::string(op.nativeName.empty() ? op.name : op.nativeName) + "(): argument '"
                     + std::string(parameter.name) + "' " + positionText(op, parameter) + "must be "
                     + std::string(expected(parameter.kind)) + ", not " + std::string(pythonType(given)));
}

Result<Attributes> completed(const Op& op, std::span<const bool> isGiven, const Attributes& given)
{
    const std::string function(op.name);
    for (const auto& [name, value] : given) {
        const auto known = std::ranges::find(op.parameters, name, &Parameter::name);
        if (known == op.parameters.end() || known->isTensor())
            return typeError(function + "() got an unexpected keyword argument '" + name + "'");
    }

    std::vector<std::string_view> absent;
    Attributes attributes;
    std::size_t tensor = 0;
    for (const Parameter& parameter : op.parameters) {
        if (parameter.isTensor()) {
            const bool isThere = tensor < isGiven.size() && isGiven[tensor];
            ++tensor;
            if (!isThere && !parameter.fallback && !parameter.acceptsNone)
                absent.push_back(parameter.name);
            continue;
        }
        const auto value = given.find(parameter.name);
        if (value == given.end()) {
            if (parameter.fallback)
                attributes.emplace(parameter.name, *parameter.fallback);
            else
                absent.push_back(parameter.name);
            continue;
        }
        auto fitting = converted(op, parameter, value->second);
        if (!fitting)
            return fitting.error();
        attributes.emplace(parameter.name, *std::move(fitting));
    }
    if (!absent.empty())
        return missing(op, absent);
    return attributes;
}

std::string argumentText(const Op& op, const Parameter& parameter, std::size_t position)
{
    return std::string(op.nativeName.empty() ? op.name : op.nativeName) + "(): argument '" + std::string(parameter.name) + "' (position "
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
        if (auto refusal = numberRefusal(op, i, inputs[i]))
            return *std::move(refusal);
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
