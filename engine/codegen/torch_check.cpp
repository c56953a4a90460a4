// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/codegen/torch_check.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

/// Reads back as the same element: an int, or what float.fromhex takes.
std::string elementText(const Scalar& element)
{
    if (const auto* flag = std::get_if<bool>(&element))
        return *flag ? "1" : "0";
    if (const auto* integer = std::get_if<std::int64_t>(&element))
        return std::to_string(*integer);
    const double number = std::get<double>(element);
    if (!std::isfinite(number))
        return pythonFloat(number);
    char text[64];
    const auto end = std::to_chars(std::begin(text), std::end(text), number, std::chars_format::hex);
    return {text, end.ptr};
}

std::string elements(const Tensor& tensor)
{
    std::string text;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        text += (i ? " " : "") + elementText(tensor.at(i));
    return text;
}

double largestMagnitude(const Tensor& tensor)
{
    double largest = 0;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        if (const double magnitude = std::abs(as<double>(tensor.at(i))); std::isfinite(magnitude))
            largest = std::max(largest, magnitude);
    return largest;
}

/// Whether the words are PyTorch's or NumPy's own; Python says of bad syntax more than Chainrule can.
bool isQuoted(Error::Kind kind)
{
    return kind != Error::Kind::SyntaxError && kind != Error::Kind::Document && kind != Error::Kind::File && kind != Error::Kind::Cancelled
           && kind != Error::Kind::NotEvaluated;
}

}  // namespace

std::string checkHelpers(PythonNames& names)
{
    return names.rewritten(R"(differences = []
checked = []


def same(address, what, got, expected):
    """Notes where PyTorch has something else than Chainrule."""
    checked.append(address)
    if got != expected:
        differences.append(address)
        print(address + ":", what, "is", got, "in PyTorch and", expected, "in Chainrule", file=sys.stderr)


def check(address, value, dtype, shape, grad_fn, requires_grad, numbers, slack):
    """Compares a tensor; floating elements within the tolerances of torch.testing.assert_close and the slack."""
    name = None
    if isinstance(value, torch.Tensor) and value.grad_fn is not None:
        name = type(value.grad_fn).__name__
        name = value.grad_fn.name().rsplit("::", 1)[-1] if name == "CppFunction" else name
    got = [str(value.dtype), list(value.shape), name, value.requires_grad]
    same(address, "dtype, shape, grad_fn, requires_grad", got, ["torch." + dtype, shape, grad_fn, requires_grad])
    if got[:2] != ["torch." + dtype, shape]:
        return
    tolerances = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5),
                  "float64": (1e-7, 1e-7)}
    value = value.detach()
    if dtype in tolerances:
        rtol, atol = tolerances[dtype]
        numbers = torch.tensor([float.fromhex(n) for n in numbers.split()], dtype=torch.float64).reshape(shape)
        close = torch.isclose(value.double(), numbers, rtol, atol + slack, equal_nan=True)
    else:
        numbers = torch.tensor([int(n) for n in numbers.split()], dtype=torch.int64).reshape(shape)
        close = value.long() == numbers
    if not bool(close.all()):
        same(address, "value", repr(value), repr(numbers))


def check_error(address, error, kind, message):
    """Compares an error with Chainrule's; kind None: one that Python words differently."""
    got = [type(error).__name__.lstrip("_"), str(error)]
    if kind is None:
        same(address, "error", isinstance(error, Exception), True)
    else:
        same(address, "error", got, [kind, message])


def check_none(address, value):
    same(address, "value", value, None)
)");
}

std::string checkOfValue(PythonNames& names, const std::string& address, const std::string& expression,
                         const Value& value, std::string_view gradFn, double slack)
{
    const Tensor& tensor = value.tensor();
    std::string shape;
    for (const std::int64_t size : tensor.shape())
        shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    return names.rewritten("check(") + quoted(address) + ", " + expression + ", "
           + quoted(name(tensor.dtype())) + ", [" + shape + "], "
           + (gradFn.empty() ? "None" : quoted(gradFn)) + ", " + (value.requiresGrad() ? "True" : "False")
           + ", " + quoted(elements(tensor)) + ", " + pythonFloat(slack) + ")";
}

std::string checkOfError(PythonNames& names, const std::string& address, const std::string& expression,
                         const Error& error)
{
    return names.rewritten("check_error(") + quoted(address) + ", " + expression + ", "
           + (isQuoted(error.kind) ? quoted(name(error.kind)) : "None") + ", " + quoted(error.message) + ")";
}

std::string checkOfNone(PythonNames& names, const std::string& address, const std::string& expression)
{
    return names.rewritten("check_none(") + quoted(address) + ", " + expression + ")";
}

Terms termsOf(std::span<const Tensor> tensors)
{
    Terms terms;
    for (const Tensor& tensor : tensors) {
        if (tensor.isNone())
            continue;
        terms.largest = std::max(terms.largest, largestMagnitude(tensor));
        terms.count += tensor.size();
        terms.epsilon = std::max(terms.epsilon, epsilonOf(tensor.dtype()));
    }
    return terms;
}

double epsilonOf(DType dtype)
{
    switch (dtype) {
    case DType::Float64: return 0x1p-52;
    case DType::Float32: return 0x1p-23;
    case DType::Float16: return 0x1p-10;
    case DType::BFloat16: return 0x1p-7;
    default: return 0;
    }
}

double slackOf(const Tensor& result, const Terms& terms)
{
    if (!isFloating(result.dtype()))
        return 0;
    const double eps = std::max(epsilonOf(result.dtype()), terms.epsilon);
    const double n = std::max(1.0, double(terms.count) / double(std::max<std::int64_t>(1, result.size())));
    const double slack = 4 * (2 + std::log2(n)) * eps * n * std::max(terms.largest, largestMagnitude(result));
    // Two digits are enough to read, and the bound is no finer.
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), slack, std::chars_format::scientific, 1);
    double rounded = 0;
    std::from_chars(std::begin(text), end.ptr, rounded);
    return std::isfinite(rounded) ? rounded : std::numeric_limits<double>::max();
}

}  // namespace chainrule
