// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/node_health.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr double mostOfIt = 0.5;  // A ReLU of an ordinary layer stops about half.

QString tr(const char* text)
{
    return QCoreApplication::translate("Health", text);
}

QString percent(double share)
{
    return tr("%1 %").arg(100 * share, 0, 'g', share > 0.995 && share < 1 ? 4 : 2);
}

QString number(double norm)
{
    return QString::number(norm, 'g', 2);
}

/// The other way round than the enumeration: how bad.
int badness(GradientBand band)
{
    switch (band) {
    case GradientBand::Healthy: return 0;
    case GradientBand::Vanishing: return 1;
    case GradientBand::Exploding: return 2;
    case GradientBand::NotFinite: return 3;
    }
    return 0;
}

}  // namespace

NodeHealth::Finding NodeHealth::finding() const
{
    if (band == GradientBand::NotFinite)
        return Finding::NotFinite;
    if (band == GradientBand::Exploding)
        return Finding::Exploding;
    if (deadShare > mostOfIt)
        return Finding::Dead;
    if (norm && zeroShare == 1)
        return Finding::Zero;
    if (band == GradientBand::Vanishing)
        return Finding::Vanishing;
    return saturatedShare > mostOfIt ? Finding::Saturated : Finding::Healthy;
}

double NodeHealth::tint(const HealthOptions& limits) const
{
    if (!norm || *norm == 1 || std::isnan(*norm))
        return 0;
    if (*norm == 0)
        return -1;
    const double power = std::log10(*norm);
    const double whole = std::abs(std::log10(power < 0 ? limits.vanishingBelow : limits.explodingAbove));
    return std::clamp(whole > 0 && std::isfinite(whole) ? power / whole : power, -1.0, 1.0);
}

HealthByNode healthByNode(const GradientHealth& health)
{
    HealthByNode nodes;
    for (const TensorHealth& tensor : health.tensors) {
        NodeHealth& node = nodes[tensor.output.node];
        const GradientSize& size = tensor.size;
        if (node.norm && badness(size.band) <= badness(node.band))
            continue;
        node.norm = size.statistics.l2;
        node.band = size.band;
        node.zeroShare = size.zeroShare();
    }
    for (const SlopeHealth& slope : health.slopes) {
        NodeHealth& node = nodes[slope.link.node];
        node.deadShare = std::max(node.deadShare, slope.deadShare());
        node.saturatedShare = std::max(node.saturatedShare, slope.saturatedShare());
    }
    return nodes;
}

QString findingWords(const NodeHealth& health)
{
    switch (health.finding()) {
    case NodeHealth::Finding::Healthy: return {};
    case NodeHealth::Finding::NotFinite: return tr("NaN or Inf");
    case NodeHealth::Finding::Exploding: return tr("exploding %1").arg(number(*health.norm));
    case NodeHealth::Finding::Dead: return tr("dead %1").arg(percent(health.deadShare));
    case NodeHealth::Finding::Zero: return tr("all exactly 0");
    case NodeHealth::Finding::Vanishing: return tr("vanishing %1").arg(number(*health.norm));
    case NodeHealth::Finding::Saturated: return tr("saturated %1").arg(percent(health.saturatedShare));
    }
    return {};
}

QString healthWords(const NodeHealth& health)
{
    QStringList words;
    if (health.norm)
        words << tr("norm %1").arg(*health.norm, 0, 'g', 4);
    if (health.zeroShare > 0)
        words << tr("exactly 0: %1").arg(percent(health.zeroShare));
    if (health.deadShare > 0)
        words << tr("dead %1").arg(percent(health.deadShare));
    if (health.saturatedShare > 0)
        words << tr("saturated %1").arg(percent(health.saturatedShare));
    return words.join(QStringLiteral(", "));
}

}  // namespace chainrule
