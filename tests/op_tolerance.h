// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/backward.h"
#include "tests/golden_data.h"
#include "tests/op_run.h"

#include <cmath>
#include <set>

namespace chainrule {

/// The operations whose results have PyTorch's very bits; all others do too where they are integer or bool.
inline bool isExact(const Op& op, const Sample& sample)
{
    static const std::set<std::string_view> names = {"mul", "div", "neg", "abs", "sign", "reciprocal", "floor", "ceil",
                                                     "round", "trunc", "maximum", "minimum", "fmax", "fmin", "clamp",
                                                     "relu", "max", "min", "amax", "amin", "sort", "topk", "clone"};
    const bool isSum = op.name == "add" || op.name == "sub";  // With alpha PyTorch may fuse.
    const bool isRandom = !op.parameters.empty() && op.parameters.back().name == "seed";
    return names.contains(op.name) || isRandom || (isSum && sample.attributes.empty())
           || op.category == Category::Shaping || op.category == Category::Comparison
           || op.category == Category::Indexing;
}

inline double sumOfMagnitudes(const Inputs& tensors)
{
    double sum = 0;
    for (const Tensor& tensor : tensors)
        if (isFloatingTensor(tensor))
            for (std::int64_t i = 0; i < tensor.size(); ++i)
                if (const double magnitude = std::abs(as<double>(tensor.at(i))); std::isfinite(magnitude))
                    sum += magnitude;
    return sum;
}

/// Where PyTorch computes halves in several steps it rounds each: two roundings of the largest term.
inline double roundingOfHalves(DType dtype, const Inputs& terms)
{
    double largest = 0;
    for (const Tensor& tensor : terms)
        if (isFloatingTensor(tensor))
            for (std::int64_t i = 0; i < tensor.size(); ++i)
                if (const double magnitude = std::abs(as<double>(tensor.at(i))); std::isfinite(magnitude))
                    largest = std::max(largest, magnitude);
    return itemSize(dtype) > 2 ? 0 : largest * (dtype == DType::Float16 ? 0x1p-10 : 0x1p-7);
}

/// What adding up n terms may cost: (2 + log2 n)·eps·Σ|terms|, taken for all elements that there are.
inline Tolerance withSums(Tolerance tolerance, DType dtype, const Inputs& terms)
{
    if (tolerance.isExact())
        return tolerance;
    double count = 2;
    for (const Tensor& tensor : terms)
        count += isFloatingTensor(tensor) ? double(tensor.size()) : 0.0;
    const double epsilon = dtype == DType::Float64 ? 0x1p-52 : 0x1p-23;
    tolerance.absolute += (2 + std::log2(count)) * epsilon * sumOfMagnitudes(terms);
    tolerance.absolute += roundingOfHalves(dtype, terms);
    return tolerance;
}

/// The looser of the two dtypes' tolerances: a gradient that came through float16 is no better than it.
inline Tolerance gradientTolerance(const Tensor& input, std::span<const Value> outputs, const Inputs& terms)
{
    Tolerance tolerance = toleranceFor(input.dtype());
    for (const Value& y : outputs)
        if (isFloating(y.tensor().dtype()))
            tolerance = {std::max(tolerance.relative, toleranceFor(y.tensor().dtype()).relative),
                         std::max(tolerance.absolute, toleranceFor(y.tensor().dtype()).absolute)};
    return withSums(tolerance, input.dtype(), terms);
}

/// The outputs that require grad, each with the upstream gradient that PyTorch was given.
inline std::vector<Root> rootsOf(std::span<const Value> outputs, const GoldenData& golden, const Sample& sample)
{
    std::vector<Root> roots;
    for (std::size_t k = 0; k < outputs.size(); ++k)
        if (const auto dy = golden.array(sample, "dy", k); dy && outputs[k].requiresGrad())
            roots.push_back({outputs[k], *dy});
    return roots;
}

inline Inputs tensorsOf(std::span<const Root> roots)
{
    Inputs tensors;
    for (const Root& root : roots)
        tensors.push_back(root.seed->tensor());
    return tensors;
}

}  // namespace chainrule
