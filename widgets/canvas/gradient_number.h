// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"

#include <QRectF>

#include <cstdint>
#include <optional>

namespace chainrule {

/// The gradient that is shown and saved for an output: what is stored in `.grad`, else what has flowed in this pass.
std::optional<Tensor> shownGradient(const Moment& moment, OutputId output);

/// One number of a gradient, by its row-major index.
struct GradientNumber {
    OutputId output;
    std::int64_t element;
};

/// What the cell under the point shows, if it is one of a gradient; of a cell for a block of elements, its worst.
std::optional<GradientNumber> gradientNumber(const Scene& scene, const Hit& hit);
/// The largest on the node's face, NaN before all: for those who do not point.
std::optional<GradientNumber> largestGradientNumber(const Scene& scene, NodeId node);
/// Of the cell under the point, in the scene. Precondition: there is a gradientNumber() of it.
QRectF gradientCellBox(const Scene& scene, const Hit& hit);

}  // namespace chainrule
