// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/mistakes.h"

#include <algorithm>

namespace chainrule {
namespace {

using Kind = Error::Kind;

/// Whether the pattern, in which "*" stands for anything, is the whole text.
bool fits(std::string_view pattern, std::string_view text)
{
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos)
        return pattern == text;
    if (!text.starts_with(pattern.substr(0, star)))
        return false;
    text.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    while (true) {
        const std::size_t next = pattern.find('*');
        const std::string_view piece = pattern.substr(0, next);
        if (next == std::string_view::npos)
            return text.ends_with(piece);
        const std::size_t found = text.find(piece);
        if (found == std::string_view::npos)
            return false;
        text.remove_prefix(found + piece.size());
        pattern.remove_prefix(next + 1);
    }
}

std::vector<Mistake> passMistakes()
{
    return {
        {Kind::RuntimeError,
         {"grad can be implicitly created only for scalar outputs"},
         "A gradient starts at one number. This tensor has several, or none: backward wants to be told how much each "
         "of them counts.",
         {Remedy::Seed}},
        {Kind::RuntimeError,
         {"element * of tensors does not require grad and does not have a grad_fn"},
         "Nothing that this was computed from requires grad, or the way there was cut by detach or no_grad: there is "
         "no graph to walk back.",
         {Remedy::RequireGrad}},
        {Kind::RuntimeError,
         {"Trying to backward through the graph a second time*"},
         "The first pass freed what the operations had saved for it. For a second one over the same part the first "
         "must retain the graph.",
         {Remedy::RetainGraph}},
        {Kind::RuntimeError,
         {"Mismatch in shape: grad_output[*] has a shape of * and output[*] has a shape of *."},
         "The gradient that backward starts with has the shape of the tensor that it starts from: it says of each "
         "element how much it counts.",
         {Remedy::Seed}},
        {Kind::RuntimeError,
         {"*differentiated Tensor* appears to not have been used in the graph.*"},
         "No way leads from this tensor to the one that is differentiated, so that there is no gradient to ask for."},
    };
}

std::vector<Mistake> literalMistakes()
{
    return {
        {Kind::TypeError,
         {"tensor() takes 1 positional argument but * were given", "Field elements must be 2- or 3-tuples, got *",
          "array() takes from 1 to 2 positional arguments but * were given"},
         "All numbers together are one argument: lists that stand side by side need a pair of brackets around them.",
         {Remedy::Literal}},
        {Kind::RuntimeError,
         {"Only Tensors of floating point and complex dtype can require gradients*"},
         "A gradient says what a small change would do, and an integer cannot change by a little: write 4. and not 4.",
         {Remedy::Literal}},
        {Kind::ValueError,
         {"expected sequence of length * at dim * (got *)", "setting an array element with a sequence.*"},
         "A tensor is a full block of numbers: all rows must be of one length."},
        {Kind::TypeError,
         {"new(): invalid data type '*'"},
         "A tensor holds numbers, or True and False, and no text."},
        {Kind::ValueError,
         {"too many dimensions 'str'"},
         "A tensor holds numbers, or True and False, and no text."},
    };
}

std::vector<Mistake> shapeMistakes()
{
    return {
        {Kind::RuntimeError,
         {"The size of tensor a (*) must match the size of tensor b (*) at non-singleton dimension *"},
         "Shapes are compared from their ends: two sizes go together if they are equal, or if one of them is 1 or "
         "missing.",
         {Remedy::Sizes}},
        {Kind::RuntimeError,
         {"mat1 and mat2 shapes cannot be multiplied (*)", "size mismatch, got input (*), mat (*), vec (*)",
          "inconsistent tensor size, expected tensor [*] and src [*] to have the same number of elements, *",
          "Expected size for first two dimensions of batch2 tensor to be: [*] but got: [*]."},
         "A row of the first meets a column of the second, number by number: the last size of the first is the first "
         "size of the second.",
         {Remedy::Sizes}},
        {Kind::RuntimeError,
         {"1D tensors expected, but got *D and *D tensors"},
         "This takes two vectors. matmul multiplies matrices."},
        {Kind::RuntimeError,
         {"t() expects a tensor with <= 2 dimensions, but self is *D"},
         "This swaps the two dimensions of a matrix. Of a larger tensor transpose swaps those that you name."},
        {Kind::RuntimeError,
         {"Tensors must have same number of dimensions: got * and *",
          "Sizes of tensors must match except in dimension *", "stack expects each tensor to be equal size, but got *"},
         "What is put together must agree in all sizes, except along the dimension in which one follows the other.",
         {Remedy::Sizes}},
        {Kind::RuntimeError,
         {"shape '[*]' is invalid for input of size *"},
         "Another shape shows the same numbers, so that its sizes multiply to as many. One of them may be -1, and is "
         "worked out.",
         {Remedy::Integers}},
        {Kind::RuntimeError,
         {"The expanded size of the tensor (*) must match the existing size (*) at non-singleton dimension *"},
         "Only a dimension of size 1 can be repeated, and new dimensions come before the others.",
         {Remedy::Sizes}},
        {Kind::ValueError,
         {"Target size (*) must be the same as input size (*)"},
         "Each score has a target of its own: both have one shape.",
         {Remedy::Sizes}},
        {Kind::IndexError,
         {"Dimension out of range (expected to be in range of [*], but got *)",
          "Dimension specified as * but tensor has no dimensions"},
         "Dimensions are counted from 0, or with -1 from the end: of two they are 0 and 1.",
         {Remedy::Integers}},
        {Kind::IndexError,
         {"index * is out of bounds for dimension * with size *",
          "select(): index * out of range for tensor of size [*] at dimension *"},
         "What stands along a dimension is counted from 0, or with -1 from the end: of three they are 0, 1 and 2.",
         {Remedy::Integers}},
        {Kind::IndexError,
         {"max(): Expected reduction dim to be specified for input.numel() == 0.*",
          "min(): Expected reduction dim to be specified for input.numel() == 0.*",
          "argmax(): Expected reduction dim to be specified for input.numel() == 0.*"},
         "Of no numbers at all none is the largest or the smallest."},
        {Kind::RuntimeError,
         {"max(): Expected reduction dim to be specified for input.numel() == 0.*",
          "min(): Expected reduction dim to be specified for input.numel() == 0.*"},
         "Of no numbers at all none is the largest or the smallest."},
    };
}

std::vector<Mistake> dtypeMistakes()
{
    return {
        {Kind::RuntimeError,
         {"expected m1 and m2 to have the same dtype, but got: * != *", "expected scalar type * but found *",
          "dot : expected both vectors to have same dtype, but found * and *",
          "mat1 and mat2 must have the same dtype, but got * and *",
          "self and mat2 must have the same dtype, but got * and *"},
         "Sums and products of elements convert by themselves, products of matrices do not: their dtypes must be the "
         "same.",
         {Remedy::Conversion}},
        {Kind::RuntimeError,
         {"mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: *",
          "std and var only support floating point and complex dtypes",
          "linalg.vector_norm: Expected a floating point or complex tensor as input. Got *",
          "Integers to negative integer powers are not allowed."},
         "The answer is no whole number, and of integers PyTorch gives integers: make it floating point.",
         {Remedy::Conversion}},
        {Kind::NotImplementedError,
         {"\"*\" not implemented for '*'"},
         "PyTorch has not written this for numbers of this dtype: convert them.",
         {Remedy::Conversion}},
        {Kind::RuntimeError,
         {"where expected condition to be a boolean tensor, but got a tensor with dtype *"},
         "The condition says True or False for each element: compare, with gt or eq, or convert.",
         {Remedy::Conversion}},
        {Kind::RuntimeError,
         {"Subtraction, the `-` operator, with * bool tensor* is not supported.*"},
         "True minus True is no truth value: convert both to numbers first, or compare them with ne."},
        {Kind::RuntimeError,
         {"expected target dtype to be Long or Byte, but got *"},
         "A class is named by its number, an integer. Floating-point targets are taken as probabilities, and then have "
         "the shape of the scores.",
         {Remedy::Conversion}},
        {Kind::IndexError,
         {"Target * is out of bounds."},
         "A target is the number of a class, counted from 0: of three classes they are 0, 1 and 2."},
    };
}

std::vector<Mistake> pythonMistakes()
{
    return {
        {Kind::RuntimeError,
         {"Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."},
         "NumPy knows no gradients, so what it computes would be missing from the graph. detach says that this is "
         "meant.",
         {Remedy::CutOff}},
        {Kind::TypeError,
         {"* missing * required positional argument*"},
         "One of the inputs is not connected."},
        {Kind::AttributeError,
         {"module 'torch' has no attribute '*_'"},
         inPlaceMeaning()},
    };
}

std::vector<Mistake> made()
{
    std::vector<Mistake> all;
    for (const auto& family : {passMistakes(), literalMistakes(), shapeMistakes(), dtypeMistakes(), pythonMistakes()})
        all.insert(all.end(), family.begin(), family.end());
    return all;
}

std::string operandText(const Evaluation& evaluation, const Source& source)
{
    const auto output = evaluation.resolve(source);
    if (!output)
        return {};
    const Tensor& tensor = evaluation.value(*output).tensor();
    std::string name = evaluation.graph().at(source.node).name;
    if (!source.output.empty())
        name += '.' + source.output;
    if (tensor.isNumber())
        return name + ": a number";
    return name + ": " + std::string(chainrule::name(tensor.dtype())) + ' ' + text(tensor.shape());
}

}  // namespace

std::span<const Mistake> allMistakes()
{
    static const std::vector<Mistake> all = made();
    return all;
}

std::string_view inPlaceMeaning()
{
    return "Operations that end in _, or are written +=, write over their input. In a graph every node has a value of its "
           "own, so that nothing can be overwritten that backward needs: take the plain one.";
}

const Mistake* mistakeBehind(const Error& error)
{
    for (const Mistake& mistake : allMistakes())
        if (mistake.kind == error.kind)
            for (const std::string_view words : mistake.words)
                if (fits(words, error.message))
                    return &mistake;
    return nullptr;
}

std::string operandsText(const Evaluation& evaluation, NodeId node)
{
    std::vector<std::string> operands;
    forEachSource(evaluation.graph().at(node), [&](const Source& source) {
        std::string operand = operandText(evaluation, source);
        if (!operand.empty() && std::ranges::find(operands, operand) == operands.end())
            operands.push_back(std::move(operand));
    });
    std::string all;
    for (const std::string& operand : operands)
        all += (all.empty() ? "" : ", ") + operand;
    return all;
}

}  // namespace chainrule
