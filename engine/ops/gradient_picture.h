// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace chainrule {

/// What becomes of the upstream gradient before it is sent to an input.
enum class Picture {
    Nothing,             ///< Nothing is sent, or zeros for every upstream gradient.
    Unchanged,           ///< It is sent as it is.
    Elementwise,         ///< Times the local derivative, element by element.
    Mask,                ///< Likewise, and the local derivative says who gets it: 1 or 0, or a share among equals.
    Repeated,            ///< Repeated over what was reduced, then times the local derivative.
    Product,             ///< A matrix product with another input.
    DiagonalMinusOuter,  ///< Times a matrix for each slice along a dim: a diagonal less an outer product.
    Rearranged,          ///< The same elements in another shape or order.
    Scattered,           ///< Put where the elements were taken from, zeros elsewhere.
    Cut,                 ///< The part of it that belongs to this input.
    Joined,              ///< Those of all outputs behind each other.
    General,             ///< Times the whole Jacobian.
};

/// How what an operation sends back to one of its inputs is drawn. What broadcasting repeated is summed in every
/// picture, as the walk does that for all rules.
struct GradientPicture {
    /// One side of a matrix product.
    struct Factor {
        std::optional<std::size_t> input = std::nullopt;  ///< Absent: the upstream gradient.
        bool isTransposed = false;
    };
    /// What a diagonal or an outer product is made of.
    enum class Weight { One, Output, ExpOfOutput };

    Picture kind;
    /// What it is multiplied by, in the words of the record's `gradient`: "1 - y^2".
    std::string_view local = {};
    std::array<Factor, 2> factors = {};  ///< Of a Product, from left to right.
    /// Of a DiagonalMinusOuter, whose matrix is diag(weights[0]) - weights[1] weights[2]^T.
    std::array<Weight, 3> weights = {};
    /// Of a Repeated whose operation has no attribute `dim`: the dim that it takes out of inputs of two dims or more.
    std::optional<std::size_t> removedDim = {};
};

}  // namespace chainrule
