// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/backward.h"
#include "tests/op_run.h"

namespace chainrule {

/// A Jacobian's entry by central differences, unless there is a kink, a jump or no number.
inline std::optional<double> slope(double below, double here, double above, double step)
{
    const double left = (here - below) / step, right = (above - here) / step;
    const bool isKink = std::abs(left - right) > 1e-2 * (1 + std::abs(left));
    const bool isJump = std::abs(above - below) > 0.1;
    if (!std::isfinite(left) || !std::isfinite(right) || isKink || isJump)
        return std::nullopt;
    return (above - below) / (2 * step);
}

/// The same elements, contiguous, with `step` added to one of them.
inline Tensor moved(const Tensor& tensor, std::int64_t index, double step)
{
    Tensor copy = Tensor::uninitialized(tensor.shape(), DType::Float64);
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        copy.writable<double>()[i] = as<double>(tensor.at(i)) + (i == index ? step : 0);
    return copy;
}

struct JacobianCheck {
    int checked = 0;
    std::string offence = {};
};

/// Row j of output k, by the gradient rule: a one-hot upstream gradient.
inline std::optional<Tensor> jacobianRow(const Op& op, const Sample& sample, std::size_t input, std::size_t k,
                                         std::int64_t j)
{
    const Run run(op, sample, sample.inputs);
    const Value& y = (*run.outputs)[k];
    if (!y.requiresGrad())
        return std::nullopt;
    const Root roots[] = {{y, Value(moved(Tensor::full(y.tensor().shape(), 0.0, DType::Float64), j, 1))}};
    const auto pass = backward(roots);
    assert(pass);
    const Value* const dx = pass.flow.find(run.inputs[input].place());
    return dx ? std::optional(dx->tensor()) : std::nullopt;
}

/// As PyTorch's gradcheck: eps 1e-6, atol 1e-5, rtol 1e-3.
inline JacobianCheck checkedJacobian(const Op& op, const Sample& sample)
{
    constexpr double step = 1e-6;
    JacobianCheck result;
    const Run here(op, sample, sample.inputs);
    if (!here.outputs)
        return {0, here.error()};
    for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
        if (!here.inputs[i].requiresGrad())
            continue;
        const Tensor& x = sample.inputs[i];
        std::vector<std::pair<Values, Values>> around;
        for (std::int64_t e = 0; e < x.size(); ++e) {
            Inputs below = sample.inputs, above = sample.inputs;
            below[i] = moved(x, e, -step);
            above[i] = moved(x, e, step);
            const Run left(op, sample, below, Leaves::No), right(op, sample, above, Leaves::No);
            if (!left.outputs || !right.outputs)
                return {0, left.error() + right.error()};
            around.emplace_back(*left.outputs, *right.outputs);
        }
        for (std::size_t k = 0; k < here.outputs->size(); ++k) {
            const Tensor& y = (*here.outputs)[k].tensor();
            if (y.dtype() != DType::Float64 || y.isNumber())
                continue;
            for (std::int64_t j = 0; j < y.size(); ++j) {
                const auto row = jacobianRow(op, sample, i, k, j);
                for (std::int64_t e = 0; row && e < x.size(); ++e) {
                    const auto& [below, above] = around[std::size_t(e)];
                    const double analytic = as<double>(row->at(e));
                    const auto numeric = slope(as<double>(below[k].tensor().at(j)), as<double>(y.at(j)),
                                               as<double>(above[k].tensor().at(j)), step);
                    if (!numeric || !std::isfinite(analytic))
                        continue;
                    ++result.checked;
                    if (std::abs(analytic - *numeric) > 1e-5 + 1e-3 * std::abs(*numeric))
                        result.offence = label("dy", k) + std::to_string(j) + ", " + label("dx", i) + std::to_string(e)
                                         + ": " + pythonFloat(analytic) + " instead of " + pythonFloat(*numeric);
                }
            }
        }
    }
    return result;
}

}  // namespace chainrule
