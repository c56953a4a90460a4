// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/health/health_panel.h"

#include "widgets/plots/health_chart.h"
#include "widgets/theme/label.h"
#include "widgets/theme/number_field.h"
#include "widgets/theme/theme.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace chainrule {
namespace {

using Finding = NodeHealth::Finding;

std::vector<HealthChart::Point> pointsOf(const Moment& moment, const HealthByNode& health)
{
    std::vector<HealthChart::Point> points;
    for (const NodeId id : moment.evaluation().order()) {
        const auto found = health.find(id);
        if (found == health.end())
            continue;
        const NodeHealth& node = found->second;
        points.push_back({.node = id, .name = QString::fromStdString(moment.evaluation().graph().at(id).name),
                          .norm = node.norm, .band = node.band, .dead = node.deadShare,
                          .saturated = node.saturatedShare, .words = healthWords(node)});
    }
    return points;
}

QString summaryOf(const HealthByNode& health)
{
    const auto count = [&](Finding finding) {
        return std::ranges::count_if(health, [&](const auto& entry) { return entry.second.finding() == finding; });
    };
    const auto gradients = std::ranges::count_if(health, [](const auto& entry) { return entry.second.norm.has_value(); });
    QStringList words{gradients == 1 ? HealthPanel::tr("1 gradient") : HealthPanel::tr("%1 gradients").arg(gradients)};
    const std::pair<Finding, QString> findings[] = {{Finding::NotFinite, HealthPanel::tr("NaN or Inf %1")},
                                                    {Finding::Exploding, HealthPanel::tr("exploding %1")},
                                                    {Finding::Vanishing, HealthPanel::tr("vanishing %1")},
                                                    {Finding::Zero, HealthPanel::tr("all exactly 0: %1")},
                                                    {Finding::Dead, HealthPanel::tr("dead %1")},
                                                    {Finding::Saturated, HealthPanel::tr("saturated %1")}};
    for (const auto& [finding, text] : findings)
        if (const auto number = count(finding); number > 0)
            words << text.arg(number);
    if (words.size() == 1 && gradients > 0)
        words << HealthPanel::tr("all healthy");
    return words.join(QStringLiteral("   "));
}

}  // namespace

HealthPanel::HealthPanel(QWidget* parent)
    : QWidget(parent), m_summary(new Label(Label::Role::Secondary, this)), m_vanishing(new NumberField(this)),
      m_exploding(new NumberField(this)), m_chart(new HealthChart(this))
{
    setObjectName(QStringLiteral("health"));
    setAccessibleName(tr("Gradient health"));
    m_summary->setObjectName(QStringLiteral("healthSummary"));
    m_summary->setElided();
    m_vanishing->setObjectName(QStringLiteral("vanishingBelow"));
    m_vanishing->setAccessibleName(tr("Norm below which a gradient vanishes"));
    m_exploding->setObjectName(QStringLiteral("explodingAbove"));
    m_exploding->setAccessibleName(tr("Norm above which a gradient explodes"));
    auto* const top = new QHBoxLayout;
    top->setSpacing(2 * metrics::step);
    top->addWidget(new Label(Label::Role::Title, tr("Gradient health"), this));
    top->addSpacing(2 * metrics::step);
    top->addWidget(m_summary, 1);
    top->addWidget(new Label(Label::Role::Secondary, tr("vanishing below"), this));
    top->addWidget(m_vanishing);
    top->addSpacing(metrics::step);
    top->addWidget(new Label(Label::Role::Secondary, tr("exploding above"), this));
    top->addWidget(m_exploding);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 8);
    layout->setSpacing(metrics::step);
    layout->addLayout(top);
    layout->addWidget(m_chart, 1);
    connect(m_vanishing, &NumberField::valueEdited, this,
            [this](double value) { setLimit(&HealthOptions::vanishingBelow, value); });
    connect(m_exploding, &NumberField::valueEdited, this,
            [this](double value) { setLimit(&HealthOptions::explodingAbove, value); });
    connect(m_chart, &HealthChart::nodeChosen, this, &HealthPanel::nodeChosen);
    setLimits({});
}

void HealthPanel::setLimits(const HealthOptions& limits)
{
    m_limits = limits;
    m_vanishing->setValue(limits.vanishingBelow);
    m_exploding->setValue(limits.explodingAbove);
}

void HealthPanel::setLimit(double HealthOptions::*which, double value)
{
    m_limits.*which = value;
    Q_EMIT limitsEdited();
}

void HealthPanel::setCurrent(NodeId node)
{
    m_chart->setCurrent(node);
}

void HealthPanel::show(const Moment& moment, const HealthByNode* health)
{
    m_chart->show(health && !moment.isEmpty() ? pointsOf(moment, *health) : std::vector<HealthChart::Point>(), m_limits);
    m_summary->setText(health ? summaryOf(*health) : moment.isEmpty() ? QString() : tr("measuring …"));
}

}  // namespace chainrule
