// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/objection.h"

#include <algorithm>
#include <span>
#include <vector>

namespace chainrule {
namespace {

/// What may stand beside a tensor of this type: the shapes that broadcasting, products and losses pair with
/// its own, in the dtypes that they ask for.
std::vector<TensorType> companions(const TensorType& type)
{
    const Shape& shape = type.shape;
    std::vector<Shape> shapes = {shape, {}, {1}};
    if (!shape.empty()) {
        Shape cut = shape;  // The classes of a loss are its second dim, or its only one.
        cut.erase(cut.begin() + (cut.size() > 1 ? 1 : 0));
        Shape classes = shape;
        classes.insert(classes.begin() + 1, 1);
        Shape reversed = shape;
        std::reverse(reversed.begin(), reversed.end());
        shapes.insert(shapes.end(), {cut, classes, reversed});
    }
    for (const std::int64_t size : shape)
        shapes.insert(shapes.end(), {{size}, {size, 1}, {1, size}});
    std::vector<TensorType> all;
    for (const DType dtype : {type.dtype, DType::Float32, DType::Int64, DType::Bool})
        for (const Shape& other : shapes)
            if (const TensorType candidate{dtype, other}; std::ranges::find(all, candidate) == all.end())
                all.push_back(candidate);
    return all;
}

/// Which type stands at another input.
struct Choice {
    std::size_t input;
    std::span<const TensorType> among;
    std::size_t chosen = 0;
};

/// Counts through all combinations; false when all have been.
bool goesOn(std::vector<Choice>& choices)
{
    for (Choice& choice : choices) {
        if (++choice.chosen < choice.among.size())
            return true;
        choice.chosen = 0;
    }
    return false;
}

}  // namespace

bool mayAccept(const Op& op, std::uint32_t parameter, const TensorType& type)
{
    const TensorType none = Tensor::none().type();
    const std::vector<TensorType> required = companions(type);
    const std::vector<TensorType> optional = {none, type};
    Types types;
    std::vector<Choice> choices;
    std::optional<std::size_t> input;
    std::uint32_t slot = 0;
    for (const Parameter& each : op.parameters) {
        if (!each.isTensor())
            continue;
        if (slot++ == parameter) {
            input = types.size();
            types.push_back(type);
        } else if (each.kind == Parameter::Kind::Tensor) {
            choices.push_back({types.size(), each.acceptsNone || each.fallback ? optional : required});
            types.push_back(none);
        }
    }
    if (!input || numberRefusal(op, *input, type))
        return false;
    const InlineVector<bool, 4> isGiven(slot, true);
    const auto attributes = completed(op, std::span(isGiven.data(), isGiven.size()), {});
    if (!attributes)
        return true;  // It wants to be told more than tensors.
    do {
        for (const Choice& choice : choices)
            types[choice.input] = choice.among[choice.chosen];
        if (inferred(op, types, *attributes))
            return true;
    } while (goesOn(choices));
    return false;
}

}  // namespace chainrule
