// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/python_functions.h"

#include "engine/ops/binary_cross_entropy.h"
#include "engine/ops/signature.h"

#include <algorithm>

namespace chainrule::refusals {
namespace {

struct Parameter {
    std::string_view name;
    bool isOptional = false;
};

/// The arguments by parameter, nullptr where one is left out.
using Bound = std::vector<const PythonArgument*>;

std::string quotedNames(const std::vector<std::string_view>& names)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            text += i + 1 < names.size() ? ", " : names.size() > 2 ? ", and " : " and ";
        text += "'" + std::string(names[i]) + "'";
    }
    return text;
}

/// As Python hands arguments to a function of its own, in its words.
Result<Bound> bound(const std::string& function, const std::vector<Parameter>& parameters, const PythonCall& call)
{
    Bound arguments(parameters.size(), nullptr);
    for (std::size_t i = 0; i < std::min(arguments.size(), call.positional.size()); ++i)
        arguments[i] = &call.positional[i];
    for (const auto& [name, argument] : call.named) {
        const auto found = std::ranges::find(parameters, name, &Parameter::name);
        if (found == parameters.end())
            return typeError(function + "() got an unexpected keyword argument '" + name + "'");
        const PythonArgument*& place = arguments[std::size_t(found - parameters.begin())];
        if (place)
            return typeError(function + "() got multiple values for argument '" + name + "'");
        place = &argument;
    }
    if (call.positional.size() > parameters.size()) {
        const auto needed = std::size_t(std::ranges::count(parameters, false, &Parameter::isOptional));
        const std::string most = std::to_string(parameters.size());
        return typeError(function + "() takes " + (needed < parameters.size() ? "from " + std::to_string(needed) + " to " : "")
                         + most + " positional argument" + (parameters.size() == 1 ? "" : "s") + " but "
                         + std::to_string(call.positional.size()) + " were given");
    }
    std::vector<std::string_view> missing;
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (!arguments[i] && !parameters[i].isOptional)
            missing.push_back(parameters[i].name);
    if (!missing.empty())
        return typeError(function + "() missing " + std::to_string(missing.size()) + " required positional argument"
                         + (missing.size() == 1 ? ": " : "s: ") + quotedNames(missing));
    return arguments;
}

PythonArgument none()
{
    return pythonArgument(Attribute(None()));
}

PythonArgument integer(std::int64_t value)
{
    return pythonArgument(Attribute(value));
}

/// What the function hands on: the argument, or its default.
PythonArgument handed(const PythonArgument* argument, PythonArgument fallback = none())
{
    return argument ? *argument : std::move(fallback);
}

Failure refusedBy(std::string_view signature, PythonCall call)
{
    return refused({Signature(signature)}, call);
}

/// Of the first that is no tensor, where one is asked for what only tensors have.
Failure withoutAttribute(std::string_view attribute, std::initializer_list<const PythonArgument*> arguments)
{
    for (const PythonArgument* const argument : arguments)
        if (argument->type != "Tensor")
            return Error{Error::Kind::AttributeError, "'" + argument->type + "' object has no attribute '"
                                                          + std::string(attribute) + "'"};
    return std::nullopt;
}

/// As Python's str() prints it.
std::string printed(const Attribute& value)
{
    const auto* const text = std::get_if<std::string>(&value);
    return text ? *text : python(value);
}

/// torch.nn.functional's reading of a loss's `reduction`.
Failure refusedReduction(const PythonArgument* reduction)
{
    constexpr std::string_view known[] = {"none", "mean", "sum"};
    const auto* const text = reduction ? std::get_if<std::string>(&reduction->value) : nullptr;
    if (!reduction || (text && std::ranges::find(known, *text) != std::end(known)))
        return std::nullopt;
    return valueError(printed(reduction->value) + " is not a valid value for reduction");
}

}  // namespace

Failure relu(const Op&, const PythonCall& call)
{
    const auto arguments = bound("relu", {{"input"}, {"inplace", true}}, call);
    if (!arguments)
        return arguments.error();
    return refusedBy("relu(Tensor input)", {.positional = {*arguments->at(0)}, .named = {}});
}

Failure norm(const Op&, const PythonCall& call)
{
    const auto arguments = bound(
        "norm", {{"input"}, {"p", true}, {"dim", true}, {"keepdim", true}, {"out", true}, {"dtype", true}}, call);
    if (!arguments)
        return arguments.error();
    const Bound& given = *arguments;
    if (auto failure = withoutAttribute("layout", {given[0]}))
        return failure;
    PythonArgument dim = handed(given[2]);
    const bool isLone = dim.type == "int" || dim.type == "bool";
    const PythonArgument keepdim = handed(given[3], pythonArgument(Attribute(false)));
    const bool hasWord = !given[1] || given[1]->type == "str";
    const bool isFrobenius = !given[1] || (hasWord && std::get<std::string>(given[1]->value) == "fro");
    if (isFrobenius && !isLone && !dim.isSequence() && dim.type != "NoneType" && dim.type != "str")
        return typeError("object of type '" + dim.type + "' has no len()");
    if (isLone)
        dim = pythonList(std::vector{dim});
    const auto* const word = std::get_if<std::string>(&dim.value);
    const NamedArguments dtype = {{"dtype", none()}};
    if (hasWord && (!isFrobenius || std::max(dim.items.size(), word ? word->size() : 0) > 2)) {
        const PythonArgument order = handed(given[1], pythonArgument(Attribute(std::string("fro"))));
        if (dim.type == "NoneType")
            dim = {.type = "list"};
        return refused({Signature("linalg_matrix_norm(Tensor input, Number ord, int[] dim={-2,-1}, bool keepdim=False, "
                                  "*, dtype dtype=None, Tensor out=None)"),
                        Signature("linalg_matrix_norm(Tensor input, str ord=\"fro\", int[] dim={-2,-1}, "
                                  "bool keepdim=False, *, dtype dtype=None, Tensor out=None)")},
                       {.positional = {*given[0], order, dim, keepdim}, .named = dtype});
    }
    const bool isTwo = hasWord || given[1]->type == "NoneType";
    return refusedBy("linalg_vector_norm(Tensor input, Number ord=2, int[1]? dim=None, bool keepdim=False, *, "
                     "dtype dtype=None, Tensor out=None)",
                     {.positional = {*given[0], isTwo ? integer(2) : *given[1], dim, keepdim}, .named = dtype});
}

Failure split(const Op&, const PythonCall& call)
{
    const auto arguments = bound("split", {{"tensor"}, {"split_size_or_sections"}, {"dim", true}}, call);
    if (!arguments)
        return arguments.error();
    const Bound& given = *arguments;
    if (auto failure = withoutAttribute("split", {given[0]}))
        return failure;
    const PythonCall native{.positional = {*given[0], *given[1], handed(given[2], integer(0))}, .named = {}};
    if (given[1]->type != "int" && given[1]->type != "bool")
        return refusedBy("split_with_sizes(Tensor input, int[] split_sizes, int dim=0)", native);
    return refused({Signature("split(Tensor input, int split_size, int dim=0)"),
                    Signature("split(Tensor input, int[] split_size, int dim=0)")},
                   native);
}

Failure mseLoss(const Op&, const PythonCall& call)
{
    const auto arguments = bound("mse_loss",
                                 {{"input"}, {"target"}, {"size_average", true}, {"reduce", true},
                                  {"reduction", true}, {"weight", true}},
                                 call);
    if (!arguments)
        return arguments.error();
    if (auto failure = withoutAttribute("size", {arguments->at(1), arguments->at(0)}))
        return failure;
    return refusedReduction(arguments->at(4));
}

Failure crossEntropy(const Op&, const PythonCall& call)
{
    const auto arguments = bound("cross_entropy",
                                 {{"input"}, {"target"}, {"weight", true}, {"size_average", true},
                                  {"ignore_index", true}, {"reduce", true}, {"reduction", true},
                                  {"label_smoothing", true}},
                                 call);
    if (!arguments)
        return arguments.error();
    const Bound& given = *arguments;
    if (auto failure = refusedReduction(given[6]))
        return failure;
    return refusedBy("cross_entropy_loss(Tensor input, Tensor target, Tensor? weight=None, int reduction=1, "
                     "int ignore_index=-100, float label_smoothing=0.0)",
                     {.positional = {*given[0], *given[1], handed(given[2]), integer(1), handed(given[4], integer(-100)),
                                     handed(given[7], pythonArgument(Attribute(0.0)))},
                      .named = {}});
}

Failure binaryCrossEntropyWithLogits(const Op&, const PythonCall& call)
{
    const auto arguments = bound("binary_cross_entropy_with_logits",
                                 {{"input"}, {"target"}, {"weight", true}, {"size_average", true},
                                  {"reduce", true}, {"reduction", true}, {"pos_weight", true}},
                                 call);
    if (!arguments)
        return arguments.error();
    const Bound& given = *arguments;
    if (auto failure = refusedReduction(given[5]))
        return failure;
    if (auto failure = withoutAttribute("size", {given[1], given[0]}))
        return failure;
    if (given[0]->tensor && given[1]->tensor)
        if (auto failure = refusedTargetSize(given[0]->tensor->shape, given[1]->tensor->shape))
            return failure;
    return refusedBy("binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight=None, "
                     "Tensor? pos_weight=None, int reduction=1)",
                     {.positional = {*given[0], *given[1], handed(given[2]), handed(given[6]), integer(1)}, .named = {}});
}

Failure autogradGrad(const Op&, const PythonCall& call)
{
    const auto arguments = bound("grad",
                                 {{"outputs"}, {"inputs"}, {"grad_outputs", true}, {"retain_graph", true},
                                  {"create_graph", true}, {"only_inputs", true}, {"allow_unused", true},
                                  {"is_grads_batched", true}, {"materialize_grads", true}},
                                 call);
    if (!arguments)
        return arguments.error();
    for (std::size_t i = 0; i < 3; ++i)
        if (const PythonArgument* const given = arguments->at(i); given && given->isNumber())
            return typeError("'" + given->type + "' object is not iterable");
    return std::nullopt;
}

}  // namespace chainrule::refusals
