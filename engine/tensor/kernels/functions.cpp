// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/elementwise_loops.h"

#include <cmath>

namespace chainrule::kernel {

Tensor exp(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::exp(value); });
}

Tensor log(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::log(value); });
}

Tensor sqrt(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::sqrt(value); });
}

Tensor sin(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::sin(value); });
}

Tensor cos(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::cos(value); });
}

Tensor sigmoid(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return 1 / (1 + std::exp(-value)); });
}

Tensor logSigmoid(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) {
        return (value < 0 ? value : 0) - std::log1p(std::exp(-std::abs(value)));
    });
}

Tensor tanh(const Tensor& x, DType dtype)
{
    return floatingMap(x, dtype, [](auto value) { return std::tanh(value); });
}

}  // namespace chainrule::kernel
