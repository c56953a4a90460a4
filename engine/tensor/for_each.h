// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

namespace chainrule {

/// Calls `f` with each element in row-major order, whatever the strides. T stores the tensor's dtype.
template <typename T, typename F>
void forEachElement(const Tensor& tensor, F&& f)
{
    if (tensor.size() == 0)
        return;
    // Dimensions that lie behind each other are one, so that the inner loop is as long as it can be.
    Shape sizes = {1};
    Strides strides = {1};
    for (std::size_t i = 0; i < tensor.rank(); ++i) {
        const std::int64_t size = tensor.shape()[i];
        const std::int64_t stride = tensor.strides()[i];
        if (size == 1)
            continue;
        if (sizes.back() == 1 || strides.back() == size * stride) {
            sizes.back() *= size;
            strides.back() = stride;
        } else {
            sizes.push_back(size);
            strides.push_back(stride);
        }
    }
    const std::size_t inner = sizes.size() - 1;
    Shape index(inner, 0);
    const T* row = tensor.data<T>();
    while (true) {
        for (std::int64_t i = 0; i < sizes[inner]; ++i)
            f(row[i * strides[inner]]);
        std::size_t d = inner;
        while (d > 0 && index[d - 1] == sizes[d - 1] - 1) {
            --d;
            row -= index[d] * strides[d];
            index[d] = 0;
        }
        if (d == 0)
            return;
        ++index[d - 1];
        row += strides[d - 1];
    }
}

}  // namespace chainrule
