// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/vjp_card.h"

#include <array>
#include <optional>

namespace chainrule {

/// The two sides of a matrix product and what it gives, all with two dims or more: vectors are rows or columns.
struct MatrixProduct {
    std::array<Tensor, 2> factors;
    Tensor product;
    Tensor sent;  ///< The product, summed to the shape of what is sent, which may be a row or a column here.
};
/// The product whose result is `contribution`, found by trying its vectors as rows and as columns. Absent if there is none.
std::optional<MatrixProduct> matrixProduct(const OperationUse& use, const Tensor& upstream,
                                           const GradientPicture& picture, const Tensor& contribution);

/// A tensor cut along a dim, and one of the slices.
struct SliceAlong {
    std::size_t dim;
    std::vector<std::int64_t> index;  ///< The other dims' indices; at `dim` 0.
    std::string words;                ///< "[0, :]".

    /// As a column.
    Tensor of(const Tensor& tensor) const;
};
/// That in which the largest element is sent.
SliceAlong largestSlice(const Tensor& contribution, std::size_t dim);

/// A square matrix with these elements on its diagonal; a product of a column and a row.
Tensor diagonal(const Tensor& column);
Tensor outer(const Tensor& left, const Tensor& right);

/// A row for each element of the input, a column for each of the only output with an upstream gradient: what a unit
/// there sends here. Absent where that is too large.
std::optional<Tensor> transposedJacobian(const OperationUse& use, std::span<const Tensor> ys, std::size_t output,
                                         std::size_t input);

}  // namespace chainrule
