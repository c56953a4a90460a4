// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/torch_call.h"

#include "engine/base/string_text.h"
#include "engine/graph/name.h"
#include "engine/ops/op.h"
#include "engine/ops/python_call.h"
#include "engine/tensor/literal.h"

#include <algorithm>
#include <memory>

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

constexpr std::string_view methodPrefix = "Tensor.";
constexpr std::string_view functionalPrefix = "torch.nn.functional.";

/// "F.relu" for "torch.nn.functional.relu", as people import it.
std::string shortened(std::string_view torch)
{
    return torch.starts_with(functionalPrefix) ? "F." + std::string(torch.substr(functionalPrefix.size()))
                                               : std::string(torch);
}

/// JSON's words for what Python calls otherwise; numbers, lists, strings and dicts are spelled alike.
std::string pythonFromJson(std::string_view json)
{
    constexpr std::pair<std::string_view, std::string_view> words[] = {
        {"true", "True"}, {"false", "False"}, {"null", "None"}};
    std::string text;
    bool isQuoted = false;
    for (std::size_t i = 0; i < json.size();) {
        const auto* const word = std::ranges::find_if(
            words, [&](const auto& entry) { return !isQuoted && json.substr(i).starts_with(entry.first); });
        if (word != std::end(words)) {
            text += word->second;
            i += word->first.size();
            continue;
        }
        if (isQuoted && json[i] == '\\')
            text += json[i++];
        else if (json[i] == '"')
            isQuoted = !isQuoted;
        text += json[i++];
    }
    return text;
}

void append(std::string& arguments, std::string_view argument)
{
    arguments += arguments.empty() ? "" : ", ";
    arguments += argument;
}

/// A keyword that is no name can only be given through a dict.
void appendKeyword(std::string& arguments, const std::string& keyword, const std::string& value)
{
    append(arguments, isName(keyword) ? keyword + "=" + value : "**{" + quoted(keyword) + ": " + value + "}");
}

/// What goes through a muted node.
const Source* firstSource(const Node& node)
{
    if (node.inputs.empty())
        return nullptr;
    const SourceList* const list = node.inputs[0].list();
    return list ? (list->empty() || !list->front() ? nullptr : &*list->front()) : node.inputs[0].single();
}

}  // namespace

bool retains(const Evaluation& evaluation, OutputId output)
{
    const Value& value = evaluation.value(output);
    return evaluation.graph().at(output.node).retainGrad && !evaluation.isLeaf(value)
           && evaluation.owner(value.place()) == output;
}

/// What the call is made of, by parameter of the operation.
struct TorchCalls::Arguments {
    std::vector<std::string> texts;
    std::unique_ptr<bool[]> isGiven;  // Not vector<bool>: Spelling wants a span.
    std::string unknown = {};         // Attributes that the operation does not have.

    bool has(std::size_t parameter) const { return isGiven[parameter]; }
    std::span<const bool> given() const { return {isGiven.get(), texts.size()}; }
};

std::string TorchCalls::reached(const Op* op, const Node& node, std::size_t outputs, std::uint32_t index) const
{
    if (!op || (!op->variadicOutputs && outputs == 1))
        return op && op->givesArray && !node.muted ? m_names.rewritten("torch.from_numpy(") + node.name + ")"
                                                   : node.name;
    if (op->variadicOutputs || op->isPlainTuple)
        return node.name + "[" + std::to_string(index) + "]";
    return node.name + "." + std::string(op->outputs[index]);
}

std::string TorchCalls::reference(OutputId output) const
{
    const Node& node = m_evaluation.graph().at(output.node);
    return reached(findOp(node.op), node, m_evaluation[output.node].outputs.size(), output.index);
}

std::string TorchCalls::reference(const Source& source) const
{
    if (const auto output = m_evaluation.resolve(source))
        return reference(*output);
    const std::string& name = m_evaluation.graph().at(source.node).name;
    if (source.output.empty())
        return name;
    const bool isNumber = source.output.find_first_not_of("0123456789") == std::string::npos;
    if (isNumber)
        return name + "[" + source.output + "]";
    return isName(source.output) ? name + "." + source.output
                                 : m_names.rewritten("getattr(") + name + ", " + quoted(source.output) + ")";
}

std::string TorchCalls::loaded(const std::string& file) const
{
    constexpr std::string_view archive = ".npz:";
    const std::size_t colon = file.rfind(archive);
    const std::string path = file.substr(0, colon == std::string::npos ? colon : colon + archive.size() - 1);
    std::string text = m_names.rewritten("np.load(") + quoted(path) + ")";
    if (path.size() != file.size())
        text += "[" + quoted(file.substr(path.size() + 1)) + "]";
    return std::ranges::find(m_swappedFiles, file) == m_swappedFiles.end()
               ? text
               : m_names.rewritten("native(") + text + ")";
}

std::string TorchCalls::text(const Input& input) const
{
    if (const Source* source = input.single())
        return reference(*source);
    std::string items;
    if (const SourceList* list = input.list())
        for (const auto& item : *list)
            append(items, item ? reference(*item) : "None");
    return "[" + items + "]";
}

TorchCalls::Arguments TorchCalls::arguments(const Op& op, const Node& node) const
{
    Arguments result{.texts = std::vector<std::string>(op.parameters.size(), "None"),
                     .isGiven = std::make_unique<bool[]>(op.parameters.size())};
    std::size_t tensor = 0;
    for (std::size_t i = 0; i < op.parameters.size(); ++i) {
        const Parameter& parameter = op.parameters[i];
        if (parameter.isTensor()) {
            if ((result.isGiven[i] = tensor < node.inputs.size() && !node.inputs[tensor].isOpen()))
                result.texts[i] = text(node.inputs[tensor]);
            ++tensor;
            continue;
        }
        const auto raw = node.attributes.find(parameter.name);
        const bool isThere = raw != node.attributes.end();
        const Attribute value = isThere ? asWritten(op, parameter, raw->second) : parameter.fallback.value_or(None());
        result.isGiven[i] = isThere && isWritten(parameter, value);
        if (const auto* string = std::get_if<std::string>(&value))
            result.texts[i] = parameter.literalOf.empty() ? quoted(*string) : m_names.literal(*string);
        else
            result.texts[i] = m_names.rewritten(python(value));
    }
    for (const auto& [name, value] : node.attributes)
        if (std::ranges::find(op.parameters, name, &Parameter::name) == op.parameters.end())
            appendKeyword(result.unknown, name, python(value));
    for (const RawField& field : node.extras->unreadAttributes)
        appendKeyword(result.unknown, field.key, pythonFromJson(field.json));
    return result;
}

/// A file takes the place of the literal: both are the data.
std::string TorchCalls::fromFile(const Op& op, const std::string& file, const Arguments& arguments) const
{
    std::string keywords;
    for (std::size_t i = 0; i < op.parameters.size(); ++i)
        if (const Parameter& parameter = op.parameters[i];
            arguments.has(i) && parameter.name != "file" && parameter.literalOf.empty())
            appendKeyword(keywords, std::string(parameter.name), arguments.texts[i]);
    const std::string function = keywords.empty() ? "torch.from_numpy" : std::string(op.torch);
    return m_names.rewritten(function) + "(" + loaded(file) + (keywords.empty() ? "" : ", ") + keywords + ")";
}

const Tensor* TorchCalls::tensorAt(const Input& input) const
{
    const Source* const source = input.single();
    if (!source)
        return nullptr;
    const auto output = m_evaluation.resolve(*source);
    return output ? &m_evaluation.value(*output).tensor() : nullptr;
}

/// `x + y` rather than `torch.add(x, y)`: with no attributes, and numbers where PyTorch takes them. Between
/// two numbers the operator would be Python's own.
bool TorchCalls::fitsOperator(const Op& op, const Node& node, const Arguments& arguments) const
{
    if (op.symbol.empty() || !arguments.unknown.empty())
        return false;
    bool hasTensor = false;
    std::size_t slot = 0;
    for (std::size_t i = 0; i < op.parameters.size(); ++i) {
        const Parameter& parameter = op.parameters[i];
        if (arguments.has(i) != parameter.isTensor())
            return false;
        if (!parameter.isTensor())
            continue;
        const Tensor* const tensor = tensorAt(node.inputs[slot++]);
        if (!tensor || (tensor->isNumber() && !parameter.acceptsNumber))
            return false;
        hasTensor = hasTensor || !tensor->isNumber();
    }
    return hasTensor && (slot == 1 || slot == 2);
}

std::string TorchCalls::call(const Op& op, const Node& node, const Arguments& arguments) const
{
    std::string text;
    std::string function = m_names.rewritten(shortened(op.torch));
    std::size_t first = 0;
    if (op.torch.starts_with(methodPrefix)) {
        const Tensor* const receiver = node.inputs.empty() ? nullptr : tensorAt(node.inputs[0]);
        first = receiver && !receiver->isNumber() ? 1 : 0;
        function = first == 1 ? arguments.texts[0] + std::string(op.torch.substr(methodPrefix.size() - 1))
                              : m_names.rewritten("torch") + "." + std::string(op.torch);
    }
    const auto places = standings(op, arguments.given());
    for (std::size_t i = first; i < op.parameters.size(); ++i) {
        const Parameter& parameter = op.parameters[i];
        if (places[i] == Standing::LeftOut)
            continue;
        const bool isBare = parameter.literalOf.empty() || parameter.literalOf == op.torch;
        const std::string argument =
            isBare ? arguments.texts[i] : m_names.rewritten(parameter.literalOf) + "(" + arguments.texts[i] + ")";
        if (places[i] == Standing::Named)
            appendKeyword(text, std::string(parameter.name), argument);
        else
            append(text, argument);
    }
    for (std::size_t slot = op.tensorParameterCount(); slot < node.inputs.size(); ++slot)
        append(text, this->text(node.inputs[slot]));
    if (!arguments.unknown.empty())
        append(text, arguments.unknown);
    return function + "(" + text + ")";
}

std::string TorchCalls::spelled(const Op& op, const Node& node) const
{
    const Arguments arguments = this->arguments(op, node);
    const auto file = node.attributes.find("file");
    const auto* const path = file == node.attributes.end() ? nullptr : std::get_if<std::string>(&file->second);
    const bool hasLiteral = std::ranges::any_of(op.parameters, [&](const Parameter& parameter) {
        return !parameter.literalOf.empty() && node.attributes.contains(parameter.name);
    });
    if (op.readsFile && path && !hasLiteral && arguments.unknown.empty())
        return fromFile(op, *path, arguments);
    if (fitsOperator(op, node, arguments)) {
        std::vector<std::string> operands;
        for (std::size_t i = 0; i < op.parameters.size(); ++i)
            if (arguments.has(i))
                operands.push_back(arguments.texts[i]);
        const std::string symbol(op.symbol);
        return operands.size() == 1 ? symbol + operands[0] : operands[0] + " " + symbol + " " + operands[1];
    }
    bool isComplete = true;
    for (std::size_t i = 0; i < op.parameters.size(); ++i)
        isComplete = isComplete && (arguments.has(i) || op.parameters[i].fallback || op.parameters[i].acceptsNone);
    if (op.spelled && isComplete && arguments.unknown.empty())
        return op.spelled({op, arguments.texts, arguments.given(), m_names.rewritten("torch")});
    return call(op, node, arguments);
}

NodeCode TorchCalls::code(NodeId id) const
{
    const Node& node = m_evaluation.graph().at(id);
    const NodeResult& result = m_evaluation[id];
    const Op* const op = findOp(node.op);
    const Error* const error = result.error.get();
    if (!op || op->category == Category::Internal) {
        std::string inputs;
        for (const Input& input : node.inputs)
            append(inputs, input.isOpen() ? "None" : text(input));
        return {.kind = NodeCode::Kind::Absent,
                .expression = oneLine(node.op) + "(" + inputs + ")",
                .remark = oneLine(error ? error->message : "")};
    }
    if (const Source* const source = firstSource(node); !error && node.muted && source) {
        const std::string input = reference(*source);
        return {.expression = op->variadicOutputs ? "(" + input + ",)" : input,
                .remark = "muted: " + oneLine(spelled(*op, node))};
    }
    if (!error && result.outputs.size() == 1 && result.outputs[0].tensor().isNumber())
        return {.expression = m_names.rewritten(python(attributeOf(result.outputs[0].tensor().item())))};
    if (error && (error->kind == Error::Kind::NotEvaluated || op->torch.empty()))
        return {.kind = NodeCode::Kind::Absent, .expression = spelled(*op, node), .remark = error->message};

    NodeCode code{.kind = error ? NodeCode::Kind::Attempt : NodeCode::Kind::Plain, .expression = spelled(*op, node)};
    for (std::size_t i = 0; i < op->parameters.size(); ++i) {
        const Parameter& parameter = op->parameters[i];
        const auto given = node.attributes.find(parameter.name);
        if (isSeed(*op, i)) {
            const Attribute seed =
                given == node.attributes.end() ? parameter.fallback.value_or(std::int64_t(0)) : given->second;
            if (!std::holds_alternative<std::int64_t>(seed))  // The script would end here, or take another seed.
                return {.kind = NodeCode::Kind::Absent,
                        .expression = oneLine(code.expression),
                        .remark = oneLine(error ? error->message : "")};
            code.before = m_names.rewritten("torch.manual_seed(") + python(seed) + ")";
        }
        const auto* const literal =
            given == node.attributes.end() ? nullptr : std::get_if<std::string>(&given->second);
        if (parameter.literalOf.empty() || !literal)
            continue;
        // Only literals go into the script: a document must not bring other code to run in it.
        const Failure failure = literalFailure(*literal);
        if (failure && failure->kind == Error::Kind::SyntaxError)
            code.expression = m_names.rewritten("compile(")
                              + quoted(std::string(parameter.literalOf) + "(" + *literal + ")") + ", "
                              + quoted(node.name) + ", \"eval\")";
        else if (failure)
            return {.kind = NodeCode::Kind::Absent,
                    .expression = oneLine(code.expression),
                    .remark = oneLine(failure->message)};
    }
    return code;
}

}  // namespace chainrule
