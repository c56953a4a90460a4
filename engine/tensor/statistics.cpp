// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tensor/statistics.h"

#include "engine/base/patience.h"
#include "engine/tensor/for_each.h"

#include <cmath>
#include <limits>

namespace chainrule {
namespace {

/// Mean and squared deviations of finite numbers.
class Welford {
public:
    void add(double value)
    {
        ++m_count;
        const auto count = double(m_count);
        const double step = value - m_mean;
        if (std::isfinite(step)) {
            m_mean += step / count;
            m_squares += step * (value - m_mean);
        } else {  // Two numbers of opposite signs, further apart than float64 reaches.
            m_mean += value / count - m_mean / count;
            m_squares = std::numeric_limits<double>::infinity();
        }
    }

    double mean() const { return m_mean; }
    double length() const { return std::sqrt(double(m_count)) * std::hypot(m_mean, deviation()); }
    double deviation() const { return m_count == 0 ? 0 : std::sqrt(m_squares / double(m_count)); }

private:
    std::int64_t m_count = 0;
    double m_mean = 0;
    double m_squares = 0;
};

/// A sum whose rounding errors do not add up (W. Kahan, "Further remarks on reducing truncation errors", 1965).
class Sum {
public:
    void add(double value)
    {
        const double corrected = value - m_error;
        const double sum = m_sum + corrected;
        m_error = std::isfinite(sum) ? (sum - m_sum) - corrected : 0;
        m_sum = sum;
    }
    double value() const { return m_sum; }

private:
    double m_sum = 0;
    double m_error = 0;
};

template <typename T>
Scalar scalarOf(T value)
{
    if constexpr (std::is_same_v<T, bool>)
        return value;
    else if constexpr (std::is_integral_v<T>)
        return std::int64_t(value);
    else
        return double(value);
}

template <typename T>
Statistics statisticsOf(const Tensor& tensor, std::stop_token stop)
{
    using Number = Compute<T>;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    Statistics result;
    result.count = tensor.size();
    std::optional<Number> min;
    std::optional<Number> max;
    Welford finite;
    Sum magnitudes;
    Patience patience(std::move(stop));
    forEachElement<T>(tensor, [&](T element) {
        if (patience.isOver())
            return;
        const auto value = Number(element);
        if constexpr (std::is_floating_point_v<Number>) {
            if (std::isnan(value)) {
                ++result.nans;
                return;
            }
        }
        result.zeros += value == Number(0);
        if (!min || value < *min)
            min = value;
        if (!max || value > *max)
            max = value;
        if constexpr (std::is_floating_point_v<Number>) {
            if (std::isinf(value)) {
                ++result.infinities;
                return;
            }
        }
        finite.add(double(value));
        magnitudes.add(std::abs(double(value)));
    });
    result.l1 = result.nans > 0 ? nan : result.infinities > 0 ? infinity : magnitudes.value();
    result.l2 = result.nans > 0 ? nan : result.infinities > 0 ? infinity : finite.length();
    if (min) {
        result.min = scalarOf(*min);
        result.max = scalarOf(*max);
    }
    if (result.count == 0)
        return result;
    if (result.nans == 0 && result.infinities == 0) {
        result.mean = finite.mean();
        result.std = finite.deviation();
        return result;
    }
    const bool isBelow = min && double(*min) == -infinity;
    const bool isAbove = max && double(*max) == infinity;
    result.mean = result.nans > 0 || isBelow == isAbove ? nan : isAbove ? infinity : -infinity;
    result.std = nan;
    return result;
}

}  // namespace

Statistics statistics(const Tensor& tensor, std::stop_token stop)
{
    return visit(tensor.dtype(), [&](auto stored) { return statisticsOf<decltype(stored)>(tensor, stop); });
}

}  // namespace chainrule
