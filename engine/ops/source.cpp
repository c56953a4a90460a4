// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/source.h"

#include "engine/ops/creation.h"
#include "engine/ops/operators.h"
#include "engine/ops/python_functions.h"
#include "engine/ops/registry.h"
#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/literal.h"

namespace chainrule {
namespace {

using Kind = Parameter::Kind;

Parameter fileParameter()
{
    return {.name = "file",
            .kind = Kind::String,
            .help = "a .npy file, or an array in a .npz file as \"data.npz:name\"",
            .fallback = None(),
            .acceptsNone = true};
}

Error onlyFloatingRequireGrad()
{
    return runtimeError("Only Tensors of floating point and complex dtype can require gradients");
}

/// What the type of a tensor from a literal or a file is, only forward knows; the checks that need neither
/// come here.
Result<Types> inferTensor(const Call<TensorType>& call)
{
    const bool hasFile = !call.isNone("file");
    if (hasFile && !call.isNone("value"))
        return typeError("tensor() takes a value or a file, not both");
    if (!hasFile && call.isNone("value"))
        return typeError("tensor() missing 1 required positional arguments: \"data\"");
    TensorType type = call.has(0) ? call.x() : TensorType{DType::Float32};
    type.dtype = givenDType(call.attributes).value_or(type.dtype);
    if (hasFile && call.attribute<bool>("requires_grad") && !isFloating(type.dtype))
        return onlyFloatingRequireGrad();
    return Types{type};
}

Result<Tensors> forwardTensor(const Call<Tensor>& call)
{
    const auto dtype = givenDType(call.attributes);
    if (call.isNone("file")) {
        auto tensor = tensorLiteral(call.attribute<std::string>("value"), dtype,
                                    call.attribute<bool>("requires_grad"));
        if (!tensor)
            return tensor.error();
        return Tensors{*std::move(tensor)};
    }
    assert(call.has(0));
    return Tensors{kernel::cast(call.x(), dtype.value_or(call.x().dtype()))};
}

Result<Types> inferFromNumpy(const Call<TensorType>& call)
{
    const bool hasFile = !call.isNone("file");
    if (hasFile && !call.isNone("array"))
        return typeError("from_numpy() takes an array or a file, not both");
    if (!hasFile && call.isNone("array"))
        return typeError("torch._VariableFunctionsClass.from_numpy() takes exactly one argument (0 given)");
    return Types{call.has(0) ? call.x() : TensorType{DType::Float64}};
}

Result<Tensors> forwardFromNumpy(const Call<Tensor>& call)
{
    if (!call.isNone("file")) {
        assert(call.has(0));
        return Tensors{call.x()};
    }
    auto tensor = arrayLiteral(call.attribute<std::string>("array"));
    if (!tensor)
        return tensor.error();
    return Tensors{*std::move(tensor)};
}

}  // namespace

const Op& literalOp()
{
    static const Op& op = operation("tensor");
    return op;
}

const Op& numberOp()
{
    static const Op& op = operation("number");
    return op;
}

const Op& onesOp()
{
    static const Op& op = operation("ones");
    return op;
}

std::vector<Op> sourceOps()
{
    const auto i = [](std::int64_t value) { return Attribute(value); };
    const auto text = [](const char* value) { return Attributes{{"value", std::string(value)}}; };
    const auto array = [](const char* value) { return Attributes{{"array", std::string(value)}}; };
    return {
        Op{
            .name = "tensor",
            .category = Category::Source,
            .summary = "Numbers that are typed in or read from a file.",
            .parameters = {{.name = "value",
                            .kind = Kind::String,
                            .help = "what stands between the brackets of torch.tensor( )",
                            .fallback = None(),
                            .acceptsNone = true,
                            .literalOf = "torch.tensor"},
                           fileParameter(),
                           dtypeParameter("None: float32, int64 or bool, after the numbers; the file's own"),
                           {.name = "requires_grad",
                            .kind = Kind::Bool,
                            .help = "whether gradients are worked out for it",
                            .fallback = false}},
            .shapeFromValues = true,
            .formula = "y = value",
            .gradient = "none: it is a leaf",
            .pictures = {},
            .torch = "torch.tensor",
            .overloads = {"(object data, *, dtype dtype=None, device device=None, bool pin_memory=False, "
                          "bool requires_grad=False)"},
            .refusal = refusals::tensor,
            .readsFile = true,
            .gradFn = {""},
            .saves = {},
            .infer = inferTensor,
            .forward = forwardTensor,
            .vjp = nullptr,
            .samples = {{"scalar", {}, text("3.")},
                        {"integer", {}, text("3")},
                        {"matrix", {}, text("[[1, 2], [3, 4.5]]")},
                        {"boolean", {}, text("[True, False]")},
                        {"empty", {}, text("[]")},
                        {"nested", {}, text("[[[]]]")},
                        {"special", {}, text("[float('nan'), float('inf'), -1e39]")},
                        {"dtype", {}, {{"value", "[3.7, -3.7]"}, {"dtype", DType::Int8}}},
                        {"half", {}, {{"value", "[65519, 0.1]"}, {"dtype", DType::Float16}}},
                        {"requires_grad", {}, {{"value", "[3., 4.]"}, {"requires_grad", true}}}},
            .errors = {{"missing", {}},
                       {"ragged", {}, text("[[1, 2], [3]]")},
                       {"two_arguments", {}, text("[5, 6], [7, 8]")},
                       {"overflow", {}, {{"value", "300"}, {"dtype", DType::Int8}}},
                       {"integer_requires_grad", {}, {{"value", "4"}, {"requires_grad", true}}},
                       {"requires_grad_kind", {}, {{"value", "4."}, {"requires_grad", i(1)}}}},
        },
        Op{
            .name = "from_numpy",
            .category = Category::Source,
            .summary = "A NumPy array, typed in or read from a file, with NumPy's dtype.",
            .parameters = {{.name = "array",
                            .kind = Kind::String,
                            .help = "what stands between the brackets of np.array( )",
                            .fallback = None(),
                            .acceptsNone = true,
                            .literalOf = "np.array"},
                           fileParameter()},
            .shapeFromValues = true,
            .formula = "y = array",
            .gradient = "none: it is a leaf that does not require grad",
            .pictures = {},
            .torch = "torch.from_numpy",
            .refusal = refusals::fromNumpy,
            .readsFile = true,
            .gradFn = {""},
            .saves = {},
            .infer = inferFromNumpy,
            .forward = forwardFromNumpy,
            .vjp = nullptr,
            .samples = {{"integers", {}, array("[[1, 2], [3, 4]]")},
                        {"floats", {}, array("[1, 2.5]")},
                        {"scalar", {}, array("3.")},
                        {"booleans", {}, array("[True, False]")},
                        {"empty", {}, array("[]")}},
            .errors = {{"two_arguments", {}, array("[1, 2], [3, 4]")}},
        },
        Op{
            .name = "number",
            .category = Category::Source,
            .summary = "A Python number: beside tensors it changes no dtype that can hold it.",
            .parameters = {{.name = "value", .kind = Kind::Number, .help = "an int, a float or a bool"}},
            .formula = "y = value",
            .gradient = "none: it is no tensor",
            .pictures = {},
            .torch = "",
            .gradFn = {""},
            .saves = {},
            .infer = [](const Call<TensorType>& call) -> Result<Types> {
                return Types{Tensor::number(numberOf(call.attributes, "value")).type()};
            },
            .forward = [](const Call<Tensor>& call) -> Result<Tensors> {
                return Tensors{Tensor::number(numberOf(call.attributes, "value"))};
            },
            .vjp = nullptr,
            .samples = {{"integer", {}, {{"value", i(2)}}},
                        {"float", {}, {{"value", 0.5}}},
                        {"boolean", {}, {{"value", true}}}},
        },
    };
}

}  // namespace chainrule
