// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/ops/python_functions.h"
#include "engine/ops/signature.h"

#include <algorithm>

namespace chainrule::refusals {
namespace {

constexpr std::string_view prefix = "Tensor.";

PythonCall withoutFirst(const PythonCall& call)
{
    return {.positional = {call.positional.begin() + 1, call.positional.end()}, .named = call.named};
}

/// What the index operator takes the first argument to be, if not a tensor.
Failure notSubscriptable(const PythonArgument& receiver, bool hasSeveralIndices)
{
    if (receiver.isNumber())
        return typeError("'" + receiver.type + "' object is not subscriptable");
    if (receiver.isTuple() && hasSeveralIndices)
        return typeError("tuple indices must be integers or slices, not tuple");
    return std::nullopt;
}

/// `x.__getitem__(…)`, as a script writes an index that is not complete.
Failure getItem(const PythonCall& call)
{
    if (call.positional.empty())
        return typeError("descriptor '__getitem__' of 'torch._C.TensorBase' object needs an argument");
    const PythonArgument& receiver = call.positional.front();
    if (receiver.type != "Tensor")
        return typeError("descriptor '__getitem__' requires a 'torch._C.TensorBase' object but received a '"
                         + receiver.type + "'");
    if (!call.named.empty())
        return typeError("wrapper __getitem__() takes no keyword arguments");
    if (call.positional.size() != 2)
        return typeError("expected 1 argument, got " + std::to_string(call.positional.size() - 1));
    return std::nullopt;
}

bool hasOnly(const PythonCall& call, std::initializer_list<std::string_view> names)
{
    return std::ranges::all_of(call.named, [&](const auto& each) {
        return std::ranges::find(names, each.first) != names.end();
    });
}

/// How many `:` stand before the index; 0 for what is no dim.
std::int64_t dimBefore(const PythonArgument* dim)
{
    const auto* const value = dim ? std::get_if<std::int64_t>(&dim->value) : nullptr;
    return value ? *value : 0;
}

/// That there are more places between the brackets than the tensor has dims.
Failure tooManyIndices(const PythonArgument& receiver, std::size_t count)
{
    if (!receiver.tensor || count <= receiver.tensor->shape.size())
        return std::nullopt;
    return indexError("too many indices for tensor of dimension " + std::to_string(receiver.tensor->shape.size()));
}

/// How many places stand between the brackets with the index of `dim`.
std::size_t placesUntil(std::int64_t dim)
{
    return dim < 0 ? std::size_t(-dim) : std::size_t(dim) + 1;
}

/// What PyTorch says of a list of ints between the brackets, which it reads as a tensor of indices.
Failure refusedPlaces(const Shape& shape, std::int64_t dim, const IntList& places)
{
    const std::int64_t size = shape[dim < 0 ? shape.size() - placesUntil(dim) : std::size_t(dim)];
    const auto beyond = std::ranges::find_if(places, [&](std::int64_t place) { return place < -size || place >= size; });
    if (beyond == places.end() || (elementCount(shape) == 0 && size > 0))  // Of nothing it looks at no place.
        return std::nullopt;
    if (size == 0)
        return indexError("index is out of bounds for dimension with size 0");
    return indexError("index " + std::to_string(*beyond) + " is out of bounds for dimension 0 with size " + std::to_string(size));
}

/// What it says of an index of x[…], whatever that is.
Failure refusedIndex(const PythonArgument& receiver, std::int64_t dim, const PythonArgument& index)
{
    const auto* const text = std::get_if<std::string>(&index.value);
    const auto* const places = std::get_if<IntList>(&index.value);
    // A short string that stands alone is an index for each letter.
    const bool isTuple = text && dim == 0 && !text->empty() && text->size() < 32;
    if (index.type == "int" || index.type == "bool" || index.type == "NoneType")
        return std::nullopt;
    if (auto failure = tooManyIndices(receiver, isTuple ? text->size() : placesUntil(dim)))
        return failure;
    if (index.type == "float")
        return indexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                          "indices (got float)");
    if (text)
        return typeError("new(): invalid data type 'str'");
    return places && receiver.tensor ? refusedPlaces(receiver.tensor->shape, dim, *places) : std::nullopt;
}

}  // namespace

Failure method(const Op& op, const PythonCall& call)
{
    const std::string name(op.torch.substr(prefix.size()));
    if (call.positional.empty())
        return typeError("unbound method TensorBase." + name + "() needs an argument");
    if (const std::string& type = call.positional.front().type; type != "Tensor")
        return typeError("descriptor '" + name + "' for 'torch._C.TensorBase' objects doesn't apply to a '" + type
                         + "' object");
    if (!op.overloads.empty())
        return refused(signatures(op), withoutFirst(call));
    if (!call.named.empty())
        return typeError("TensorBase." + name + "() takes no keyword arguments");
    if (call.positional.size() > 1)
        return typeError("Tensor." + name + "() takes no arguments (" + std::to_string(call.positional.size() - 1)
                         + " given)");
    return std::nullopt;
}

Failure to(const Op& op, const PythonCall& call)
{
    const PythonArgument* const dtype = call.find(1, "dtype");
    if (dtype && (dtype->type == "bool" || dtype->type == "float"))
        return std::nullopt;  // Stands for its type, as in Python.
    if (auto failure = method(op, call))
        return failure;
    if (const auto* const index = dtype ? std::get_if<std::int64_t>(&dtype->value) : nullptr)
        return runtimeError(*index < 0 ? "Device index must not be negative"
                                       : "Cannot access accelerator device when none is available.");
    if (const auto* const device = dtype ? std::get_if<std::string>(&dtype->value) : nullptr)
        return runtimeError("Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, "
                            "lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: "
                            + *device);
    return std::nullopt;
}

Failure select(const Op&, const PythonCall& call)
{
    const PythonArgument* const dim = call.find(1, "dim");
    const PythonArgument* const index = call.find(2, "index");
    if (call.positional.empty() || !dim || !index || !hasOnly(call, {"dim", "index"}))
        return getItem(call);
    if (auto failure = notSubscriptable(call.positional.front(), dimBefore(dim) != 0))
        return failure;
    return refusedIndex(call.positional.front(), dimBefore(dim), *index);
}

Failure slice(const Op&, const PythonCall& call)
{
    if (call.positional.empty() || !hasOnly(call, {"dim", "start", "end", "step"}))
        return getItem(call);
    if (auto failure = notSubscriptable(call.positional.front(), dimBefore(call.find(1, "dim")) != 0))
        return failure;
    const std::int64_t before = dimBefore(call.find(1, "dim"));
    std::size_t position = 2;
    for (const std::string_view name : {"start", "end", "step"}) {
        const PythonArgument* const place = call.find(position++, name);
        if (!place || place->type == "int" || place->type == "bool" || place->type == "NoneType")
            continue;
        if (auto failure = before != 0 ? tooManyIndices(call.positional.front(), placesUntil(before)) : std::nullopt)
            return failure;
        return typeError("slice indices must be integers or None or have an __index__ method");
    }
    return std::nullopt;
}

Failure tensor(const Op& op, const PythonCall& call)
{
    PythonCall native = call;
    const auto file = std::ranges::find(native.named, "file", [](const auto& each) { return each.first; });
    if (file != native.named.end()) {
        native.positional.push_back({.type = "numpy.ndarray"});
        native.named.erase(file);
    }
    return refused(signatures(op), native);
}

Failure fromNumpy(const Op&, const PythonCall& call)
{
    if (!hasOnly(call, {"file"}))
        return typeError("torch._VariableFunctionsClass.from_numpy() takes no keyword arguments");
    if (call.positional.empty() && call.named.empty())
        return typeError("torch._VariableFunctionsClass.from_numpy() takes exactly one argument (0 given)");
    return std::nullopt;
}

Failure arange(const Op& op, const PythonCall& call)
{
    const PythonArgument* const start = call.find(0, "start");
    const PythonArgument* const end = call.find(1, "end");
    const PythonArgument* const step = call.find(2, "step");
    if (!end || !hasOnly(call, {"start", "end", "step", "dtype"}))
        return refused(signatures(op), call);
    PythonCall written;
    if (start || step)
        written.positional.push_back(start ? *start : pythonArgument(Attribute(std::int64_t(0))));
    written.positional.push_back(*end);
    if (step)
        written.positional.push_back(*step);
    if (const PythonArgument* const dtype = call.find(3, "dtype"))
        written.named.emplace_back("dtype", *dtype);
    return refused(signatures(op), written);
}

}  // namespace chainrule::refusals
