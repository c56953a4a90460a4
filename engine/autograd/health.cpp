// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/health.h"

#include "engine/autograd/local_rule.h"
#include "engine/base/stop.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace chainrule {
namespace {

std::vector<Target> linksOf(NodeId id, const Node& node)
{
    std::vector<Target> links;
    for (std::uint32_t number = 0; number < node.inputs.size(); ++number)
        if (const SourceList* const list = node.inputs[number].list()) {
            for (std::uint32_t item = 0; item < list->size(); ++item)
                links.push_back({id, number, item});
        } else if (node.inputs[number].single()) {
            links.push_back({id, number});
        }
    return links;
}

class Examination {
public:
    Examination(const Moment& moment, const HealthOptions& options) : m_moment(moment), m_options(options) {}

    GradientHealth health()
    {
        const Evaluation& evaluation = m_moment.evaluation();
        for (const NodeId id : evaluation.order()) {
            lookWhetherToStop();
            for (std::uint32_t k = 0; k < evaluation[id].outputs.size(); ++k)
                if (const auto gradient = m_moment.flowing({id, k}))
                    m_health.tensors.push_back({{id, k}, sizeOf(*gradient, m_options)});
            for (const Target& link : linksOf(id, evaluation.graph().at(id))) {
                examineLink(link);
                examineSlope(link);
            }
        }
        return std::move(m_health);
    }

private:
    void examineLink(const Target& link)
    {
        std::optional<Value> sum;
        for (const std::uint32_t event : m_moment.returned(link)) {
            const Value contribution(m_moment.run().events[event].contribution);
            sum = sum ? *sum + contribution : contribution;
        }
        if (sum)
            m_health.links.push_back({link, sizeOf(sum->tensor(), m_options)});
    }

    void examineSlope(const Target& link)
    {
        const auto edge = m_moment.replay().edge(link);
        if (!edge)
            return;
        const auto [entry, input] = *edge;
        const Tape& tape = m_moment.evaluation().tape();
        const OperationUse use = useOf(tape, entry);
        const std::vector<Tensor> ys = outputsOf(tape, entry);
        const auto derivative = elementwiseDerivative(use, ys, input);
        if (!derivative)
            return;
        const std::vector<double> slopes = elementsOf(*derivative);
        SlopeHealth health{link, std::int64_t(slopes.size())};
        health.dead = std::ranges::count(slopes, 0.0);
        const auto isSmall = [&](double slope) { return slope != 0 && std::abs(slope) < m_options.saturatedBelow; };
        if (std::ranges::any_of(slopes, isSmall)) {
            const std::vector<double> others = slopesElsewhere(use, input);
            for (std::size_t i = 0; i < slopes.size() && others.size() == slopes.size(); ++i)
                health.saturated += isSmall(slopes[i]) && others[i] != slopes[i];
        }
        m_health.slopes.push_back(health);
    }

    /// dy/dx at half of x: what is linear has the same there, and is small without being saturated.
    static std::vector<double> slopesElsewhere(OperationUse use, std::size_t input)
    {
        const Tensor x = use.inputs[input];
        std::vector<double> elements = elementsOf(x);
        for (double& element : elements)
            element /= 2;
        use.inputs[input] = tensorOf(elements, x.shape(), x.dtype());
        const auto ys = use.outputs();
        if (!ys)
            return {};
        const Tensor& y = ys->front();
        const auto sent = use.sentBack({ys->begin(), ys->end()}, {Tensor::full(y.shape(), 1.0, y.dtype())}, input);
        return sent ? elementsOf(*sent) : std::vector<double>();
    }

    const Moment& m_moment;
    const HealthOptions& m_options;
    GradientHealth m_health;
};

}  // namespace

double GradientSize::zeroShare() const
{
    return statistics.count == 0 ? 0 : double(statistics.zeros) / double(statistics.count);
}

GradientBand bandOf(double norm, const HealthOptions& options)
{
    if (!std::isfinite(norm))
        return GradientBand::NotFinite;
    if (norm < options.vanishingBelow)
        return GradientBand::Vanishing;
    return norm > options.explodingAbove ? GradientBand::Exploding : GradientBand::Healthy;
}

GradientSize sizeOf(const Tensor& gradient, const HealthOptions& options)
{
    GradientSize size{.statistics = statistics(gradient, options.stop)};
    for (const auto& end : {size.statistics.min, size.statistics.max})
        if (end)
            size.largest = std::max(size.largest, std::abs(as<double>(*end)));
    // The squares of finite numbers may be too large for float64; then they are far too large anyway.
    if (size.statistics.nans + size.statistics.infinities > 0)
        size.band = GradientBand::NotFinite;
    else if (size.statistics.count > 0)
        size.band = std::isinf(size.statistics.l2) ? GradientBand::Exploding : bandOf(size.statistics.l2, options);
    return size;
}

Result<GradientHealth> gradientHealth(const Moment& moment, const HealthOptions& options)
{
    if (moment.isEmpty())
        return GradientHealth();
    try {
        const StopScope scope(options.stop);
        lookWhetherToStop();
        return Examination(moment, options).health();
    } catch (const Stopped&) {
        return cancelled();
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    }
}

}  // namespace chainrule
