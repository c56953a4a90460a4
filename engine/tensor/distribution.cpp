// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/distribution.h"

#include "engine/base/patience.h"
#include "engine/tensor/for_each.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chainrule {
namespace {

/// Counts all that is not finite, and finds the least and the greatest that is.
template <typename T>
void countApart(const Tensor& tensor, Distribution& result, Patience& patience)
{
    double least = std::numeric_limits<double>::infinity();
    double greatest = -least;
    forEachElement<T>(tensor, [&](T element) {
        if (patience.isOver())
            return;
        const auto value = double(Compute<T>(element));
        if (std::isnan(value)) {
            ++result.nans;
        } else if (std::isinf(value)) {
            ++(value > 0 ? result.positiveInfinities : result.negativeInfinities);
        } else {
            result.zeros += value == 0;
            least = std::min(least, value);
            greatest = std::max(greatest, value);
        }
    });
    result.from = least;
    result.to = greatest;
}

/// Bars for integers are integers wide, else some would take more integers than others and stand out.
void fitToIntegers(Distribution& result, std::size_t bins)
{
    const double range = result.to - result.from + 1;
    const double width = std::ceil(range / double(bins));
    result.bars.resize(std::size_t(std::ceil(range / width)));
    result.from -= 0.5;
    result.to = result.from + width * double(result.bars.size());
}

void countInBars(const Tensor& tensor, Distribution& result, Patience& patience)
{
    // Halved, because float64 may reach further than its own range.
    const double start = result.from / 2;
    const double scale = double(result.bars.size()) / (result.to / 2 - start);
    const std::size_t last = result.bars.size() - 1;
    const auto count = [&](double value) {
        if (std::isfinite(value))
            ++result.bars[std::min(last, std::size_t(std::max(0.0, (value / 2 - start) * scale)))];
    };
    if (tensor.size() <= mostCounted) {
        visit(tensor.dtype(), [&](auto stored) {
            using T = decltype(stored);
            forEachElement<T>(tensor, [&](T element) { count(double(Compute<T>(element))); });
        });
        return;
    }
    result.sampled = mostCounted;
    std::uint64_t random = 0x9e3779b97f4a7c15;  // Not every n-th: that would see one column of a matrix.
    for (std::int64_t part = 0; part < mostCounted && !patience.isOver(); ++part) {
        const auto begin = std::int64_t(double(part) / mostCounted * double(tensor.size()));
        const auto end = std::int64_t(double(part + 1) / mostCounted * double(tensor.size()));
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto within = std::int64_t((random >> 33) % std::uint64_t(std::max<std::int64_t>(1, end - begin)));
        count(as<double>(tensor.at(std::min(begin + within, tensor.size() - 1))));
    }
}

}  // namespace

Distribution distribution(const Tensor& tensor, int bins, std::stop_token stop)
{
    assert(bins > 0);
    Patience patience(std::move(stop));
    Distribution result;
    result.count = tensor.size();
    visit(tensor.dtype(), [&](auto stored) { countApart<decltype(stored)>(tensor, result, patience); });
    if (patience.isOver())
        return result;
    const std::int64_t finite = result.count - result.nans - result.positiveInfinities - result.negativeInfinities;
    if (finite == 0) {
        result.from = result.to = 0;
        return result;
    }
    if (result.from == result.to) {
        result.bars = {finite};
        return result;
    }
    if (isFloating(tensor.dtype()))
        result.bars.resize(std::size_t(bins));
    else
        fitToIntegers(result, std::size_t(bins));
    countInBars(tensor, result, patience);
    return result;
}

}  // namespace chainrule
