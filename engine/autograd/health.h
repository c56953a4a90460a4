// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/tensor/statistics.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace chainrule {

/// How the size of a gradient is to be judged.
enum class GradientBand { Healthy, Vanishing, Exploding, NotFinite };

struct HealthOptions {
    double vanishingBelow = 1e-7;  ///< Norms smaller than that, 0 included,
    double explodingAbove = 1e4;   ///< and larger than that.
    double saturatedBelow = 1e-2;  ///< Of |dy/dx|.
    std::stop_token stop = {};
};

/// What can be said of one gradient.
struct GradientSize {
    Statistics statistics;  ///< l2 is the norm; NaN, infinities and exact zeros are counted.
    double largest = 0;     ///< The largest magnitude of those that are not NaN.
    GradientBand band = GradientBand::Healthy;

    /// Of all elements, those that are exactly 0; 0 where there is no element.
    double zeroShare() const;
};

/// The gradient that flowed to a tensor.
struct TensorHealth {
    OutputId output;
    GradientSize size;
};

/// What came back through a link, all its contributions in the pass together.
struct LinkHealth {
    Target link;
    GradientSize size;
};

/// dy/dx of an operation whose elements do not mix. Ask no more of it where `elements` is 0.
struct SlopeHealth {
    Target link;                ///< That leads to x.
    std::int64_t elements = 0;
    std::int64_t dead = 0;       ///< dy/dx is exactly 0: no gradient comes through, whatever arrives.
    std::int64_t saturated = 0;  ///< It is small, and not 0, and would be another at another x.

    double deadShare() const { return elements == 0 ? 0 : double(dead) / double(elements); }
    double saturatedShare() const { return elements == 0 ? 0 : double(saturated) / double(elements); }
};

/// All that the pass of a moment has brought so far, in the order of evaluation; of a node, its links in their order.
struct GradientHealth {
    std::vector<TensorHealth> tensors;
    std::vector<LinkHealth> links;
    std::vector<SlopeHealth> slopes;  ///< Does not depend on the pass: of every link that can carry a gradient.
};

GradientSize sizeOf(const Tensor& gradient, const HealthOptions& options = {});
GradientBand bandOf(double norm, const HealthOptions& options = {});

/// @returns Cancelled after a stop.
Result<GradientHealth> gradientHealth(const Moment& moment, const HealthOptions& options = {});

}  // namespace chainrule
