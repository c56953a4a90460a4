// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/kernels/spread.h"

#include "engine/tensor/kernels/elementwise.h"
#include "engine/tensor/kernels/extremum.h"
#include "engine/tensor/kernels/loops.h"
#include "engine/tensor/kernels/reduction.h"

#include <cmath>

namespace chainrule::kernel {
namespace {

constexpr auto wide = DType::Float64;

Tensor difference(const Tensor& a, const Tensor& b)
{
    return sub(a, b, std::int64_t(1), wide);
}

/// In float64. Deviations are taken from the first element before they are from the mean: equal elements then have
/// none at all, and no digits are lost, since no element is further from the mean than sqrt(n) deviations. But over all
/// elements PyTorch takes them from the mean as x's dtype has it, and so do we.
Tensor wideVariance(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double correction)
{
    if (x.size() == 0)
        return rowMajor(Tensor::full(reducedShape(x.shape(), reduced, keepdim), NAN, wide));
    const Tensor terms = cast(x, wide);
    const Shape kept = reducedShape(x.shape(), reduced, true);
    const bool isOneNumber = elementCount(kept) == 1 && itemSize(x.dtype()) >= 4;
    Tensor deviations;
    if (isOneNumber) {
        deviations = difference(terms, cast(mean(x, reduced, true, x.dtype()), wide));
    } else {
        const Tensor shifted = difference(terms, terms.restrided(kept, terms.strides()));
        deviations = difference(shifted, mean(shifted, reduced, true, wide));
    }
    const Tensor squares = sum(mul(deviations, deviations, wide), reduced, keepdim, wide);
    const auto count = double(reducedCount(x.shape(), reduced));
    return div(squares, Tensor::number(count > correction ? count - correction : 0.0), wide);
}

Tensor extremumNorm(const Tensor& magnitudes, const InlineVector<bool, 16>& reduced, Extremum which)
{
    Tensor found = magnitudes;
    for (std::size_t d = 0; d < magnitudes.rank(); ++d)
        if (reduced[d])
            found = extrema(found, which, d, true).values;
    return found;
}

/// In float64, and perhaps with the reduced dims in place.
Tensor wideNorm(const Tensor& x, const InlineVector<bool, 16>& reduced, double p)
{
    if (p == 0)
        return sum(compare(x, Tensor::number(0.0), Comparison::NotEqual, x.dtype()), reduced, true, DType::Int64);
    const Tensor magnitudes = abs(cast(x, wide));
    if (reducedCount(x.shape(), reduced) == 1)
        return magnitudes;
    if (std::isinf(p))
        return extremumNorm(magnitudes, reduced, p > 0 ? Extremum::Max : Extremum::Min);
    if (p == 1)
        return sum(magnitudes, reduced, true, wide);
    if (p == 2)
        return sqrt(sum(mul(magnitudes, magnitudes, wide), reduced, true, wide), wide);
    return pow(sum(pow(magnitudes, Tensor::number(p), wide), reduced, true, wide), Tensor::number(1 / p), wide);
}

}  // namespace

std::int64_t reducedCount(const Shape& shape, const InlineVector<bool, 16>& reduced)
{
    std::int64_t count = 1;
    for (std::size_t d = 0; d < shape.size(); ++d)
        count *= reduced[d] ? shape[d] : 1;
    return count;
}

Tensor variance(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double correction)
{
    return cast(wideVariance(x, reduced, keepdim, correction), x.dtype());
}

Tensor deviation(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double correction)
{
    return cast(sqrt(wideVariance(x, reduced, keepdim, correction), wide), x.dtype());
}

Tensor norm(const Tensor& x, const InlineVector<bool, 16>& reduced, bool keepdim, double p)
{
    const Shape shape = reducedShape(x.shape(), reduced, keepdim);
    if (x.size() == 0)
        return rowMajor(Tensor::full(shape, 0.0, x.dtype()));
    const Tensor y = rowMajor(cast(wideNorm(x, reduced, p), x.dtype()));
    return y.shape() == shape ? y : y.restrided(shape, contiguousStrides(shape));
}

}  // namespace chainrule::kernel
