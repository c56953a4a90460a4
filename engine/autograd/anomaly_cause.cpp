// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/anomaly_cause.h"

#include "engine/tensor/kernels/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

namespace chainrule {
namespace {

/// 0 … 1, always the same for the same number.
double share(std::size_t number)
{
    return double((number + 1) * 0x9e3779b97f4a7c15 >> 40) / double(1 << 24);
}

bool isZero(double x) { return x == 0; }
bool isInfinite(double x) { return std::isinf(x); }

using Operands = std::vector<Tensor>;
/// One element of what is computed from operands; absent where they are refused.
using Computation = std::function<std::optional<double>(const Operands&)>;
/// What stands in place of an element, and its number.
using Change = std::function<double(double, std::size_t)>;

/// What a number in doubt turns into when one thing about the operands is changed: the thing whose change mends it was
/// the cause. All in float64.
class Inquiry {
public:
    /// The operands from `firstUpstream` on are upstream gradients.
    Inquiry(Operands operands, std::size_t firstUpstream, Computation compute)
        : m_operands(std::move(operands)), m_firstUpstream(firstUpstream), m_compute(std::move(compute)),
          m_now(m_compute(m_operands))
    {
    }

    CauseFound cause() const
    {
        if (!m_now)
            return {};
        if (std::isfinite(*m_now))
            return {AnomalyCause::Overflow};
        if (auto found = ofUpstream())
            return *found;
        if (auto found = ofZeros())
            return *found;
        if (std::isnan(*m_now) && hasAny(isInfinite))
            return ofInfinities();
        return std::isnan(*m_now) ? ofDomain() : ofMagnitude();
    }

private:
    bool has(std::size_t i, bool (*property)(double)) const
    {
        return isFloatingOperand(m_operands[i]) && std::ranges::any_of(elementsOf(m_operands[i]), property);
    }
    bool hasAny(bool (*property)(double)) const
    {
        for (std::size_t i = 0; i < m_operands.size(); ++i)
            if (has(i, property))
                return true;
        return false;
    }

    void change(Tensor& operand, const Change& how) const
    {
        if (!isFloatingOperand(operand))
            return;
        std::vector<double> elements = elementsOf(operand);
        for (std::size_t i = 0; i < elements.size(); ++i)
            elements[i] = how(elements[i], i);
        operand = operand.isNumber() ? Tensor::number(elements[0])
                                     : tensorOf(elements, operand.shape(), operand.dtype());
    }
    std::optional<double> with(std::size_t i, const Change& how) const
    {
        Operands changed = m_operands;
        change(changed[i], how);
        return m_compute(changed);
    }
    std::optional<double> withAll(const Change& how) const
    {
        Operands changed = m_operands;
        for (Tensor& operand : changed)
            change(operand, how);
        return m_compute(changed);
    }
    static double zeroFilled(double x, std::size_t i) { return x == 0 ? 1 + share(i) : x; }
    static double tamed(double x, std::size_t i) { return std::isinf(x) ? std::copysign(1 + share(i), x) : x; }

    static bool isFinite(const std::optional<double>& x) { return x && std::isfinite(*x); }
    static bool isNumber(const std::optional<double>& x) { return x && !std::isnan(*x); }

    /// The number itself, where the operand is one throughout.
    CauseFound found(AnomalyCause cause, std::size_t i) const
    {
        if (i >= m_firstUpstream)
            return {cause};
        CauseFound found{cause, i};
        const std::vector<double> elements = elementsOf(m_operands[i]);
        if (!elements.empty() && std::ranges::all_of(elements, [&](double x) { return x == elements[0]; }))
            found.at = elements[0];
        return found;
    }

    /// 0 · ∞: without the zeros of the upstream gradient what comes of it is infinite and not NaN.
    std::optional<CauseFound> ofUpstream() const
    {
        if (!std::isnan(*m_now))
            return std::nullopt;
        for (std::size_t u = m_firstUpstream; u < m_operands.size(); ++u) {
            const auto filled = has(u, isZero) ? with(u, zeroFilled) : std::nullopt;
            if (!filled || !std::isinf(*filled))
                continue;
            CauseFound cause{AnomalyCause::ZeroTimesInfinity};
            for (std::size_t i = 0; i < m_firstUpstream && !cause.input; ++i)
                if (has(i, isZero) && isFinite(with(i, zeroFilled)))
                    cause = {AnomalyCause::ZeroTimesInfinity, i, 0.0};
            return cause;
        }
        return std::nullopt;
    }

    std::optional<CauseFound> ofZeros() const
    {
        for (std::size_t i = 0; i < m_firstUpstream; ++i) {
            if (!has(i, isZero))
                continue;
            const auto filled = with(i, zeroFilled);
            if (!isNumber(filled) || (std::isinf(*m_now) && std::isinf(*filled)))
                continue;
            if (std::isfinite(*filled) && !(std::isnan(*m_now) && hasAny(isInfinite)))
                return CauseFound{std::isnan(*m_now) && isInfiniteWithoutAnother(i) ? AnomalyCause::ZeroOverZero
                                                                                   : AnomalyCause::AtZero, i, 0.0};
            if (hasAny(isInfinite))
                return CauseFound{AnomalyCause::ZeroTimesInfinity, i, 0.0};
        }
        return std::nullopt;
    }

    /// Whether without the zeros of another operand it is infinite: those of operand i alone make it that.
    bool isInfiniteWithoutAnother(std::size_t i) const
    {
        for (std::size_t other = 0; other < m_operands.size(); ++other)
            if (other != i && has(other, isZero))
                if (const auto filled = with(other, zeroFilled); filled && std::isinf(*filled))
                    return true;
        return false;
    }

    CauseFound ofInfinities() const
    {
        for (std::size_t u = m_firstUpstream; u < m_operands.size(); ++u)
            if (has(u, isInfinite) && with(u, tamed) == 0.0)
                return {AnomalyCause::ZeroTimesInfinity};
        const Change positive = [](double x, std::size_t) { return std::isinf(x) ? std::abs(x) : x; };
        const Change turned = [](double x, std::size_t) { return std::isinf(x) ? -x : x; };
        bool isDifference = isNumber(withAll(positive));
        std::vector<std::size_t> mending;
        for (std::size_t i = 0; i < m_operands.size(); ++i) {
            isDifference |= has(i, isInfinite) && isNumber(with(i, turned));
            if (has(i, isInfinite) && isNumber(with(i, tamed)))
                mending.push_back(i);
        }
        if (isDifference)
            return {AnomalyCause::InfinityMinusInfinity};
        if (mending.size() > 1)
            return {AnomalyCause::InfinityOverInfinity};
        return mending.empty() ? CauseFound() : found(AnomalyCause::AtInfinity, mending[0]);
    }

    CauseFound ofDomain() const
    {
        for (std::size_t i = 0; i < m_firstUpstream; ++i)
            for (const double lowest : {0.1, 1.5})
                if (isFloatingOperand(m_operands[i])
                    && isFinite(with(i, [&](double, std::size_t e) { return lowest + 0.8 * share(e); })))
                    return found(AnomalyCause::OutsideDomain, i);
        return {};
    }

    /// Beside a pole the number is no larger than others; where it is too large it stays so until much is taken away.
    CauseFound ofMagnitude() const
    {
        constexpr double huge = 1e100;
        for (std::size_t i = 0; i < m_firstUpstream; ++i)
            for (const double factor : {1 - 1.0 / 256, 1 + 1.0 / 256}) {
                if (!isFloatingOperand(m_operands[i]))
                    continue;
                const auto beside = with(i, [&](double x, std::size_t) { return x * factor; });
                if (isFinite(beside) && std::abs(*beside) < huge)
                    return found(AnomalyCause::AtPole, i);
            }
        const auto smaller = withAll([](double x, std::size_t) {
            return std::copysign(std::min(std::abs(x), 1 + std::log1p(std::abs(x)) / 256), x);
        });
        return {isFinite(smaller) ? AnomalyCause::Overflow : AnomalyCause::Unknown};
    }

    Operands m_operands;
    std::size_t m_firstUpstream;
    Computation m_compute;
    std::optional<double> m_now;
};

bool isNotFinite(double x) { return !std::isfinite(x); }

/// Whether an attribute is what is not finite, or there is nothing else it could come from.
bool isGiven(const OperationUse& use)
{
    const bool hasOperands = std::ranges::any_of(use.inputs, isFloatingOperand);
    return !hasOperands || std::ranges::any_of(use.attributes, [](const auto& attribute) {
        const double* const number = std::get_if<double>(&attribute.second);
        const auto* const list = std::get_if<std::vector<double>>(&attribute.second);
        return (number && isNotFinite(*number)) || (list && std::ranges::any_of(*list, isNotFinite));
    });
}

std::optional<double> elementAt(const std::optional<Tensor>& tensor, std::int64_t cell)
{
    return tensor && cell < tensor->size() ? std::optional(as<double>(tensor->at(cell))) : std::nullopt;
}

}  // namespace

CauseFound causeOfValue(const OperationUse& use, std::size_t output, std::int64_t cell)
{
    if (isGiven(use))
        return {AnomalyCause::Given};
    OperationUse wide = use.inFloat64();
    const auto compute = [&](const Operands& operands) -> std::optional<double> {
        wide.inputs = operands;
        const auto ys = wide.outputs();
        return ys && output < ys->size() ? elementAt((*ys)[output], cell) : std::nullopt;
    };
    return Inquiry(wide.inputs, wide.inputs.size(), compute).cause();
}

CauseFound causeOfContribution(const OperationUse& use, const Upstream& upstream, std::size_t input,
                               std::int64_t cell)
{
    OperationUse wide = use.inFloat64();
    const std::size_t count = wide.inputs.size();
    Operands operands = wide.inputs;
    for (const auto& dy : upstream)
        operands.push_back(dy ? kernel::cast(*dy, DType::Float64) : Tensor::none());
    const auto compute = [&](const Operands& changed) -> std::optional<double> {
        wide.inputs.assign(changed.begin(), changed.begin() + std::ptrdiff_t(count));
        const auto ys = wide.outputs();
        if (!ys)
            return std::nullopt;
        Upstream dys;
        for (std::size_t i = count; i < changed.size(); ++i)
            dys.push_back(changed[i].isNone() ? std::nullopt : std::optional(changed[i]));
        return elementAt(wide.sentBack({ys->begin(), ys->end()}, dys, input), cell);
    };
    return Inquiry(std::move(operands), count, compute).cause();
}

}  // namespace chainrule
