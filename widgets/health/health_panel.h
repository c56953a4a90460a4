// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/node_health.h"

#include <QWidget>

#include <memory>

namespace chainrule {

class HealthChart;
class Label;
class NumberField;

/// All gradients of a moment at once: a chart of their norms, how many of them are in which state, and where the bands
/// of vanishing and exploding ones begin.
class HealthPanel : public QWidget {
    Q_OBJECT
public:
    explicit HealthPanel(QWidget* parent = nullptr);

    /// Of that moment; nullptr while it is being found out.
    void show(const Moment& moment, const HealthByNode* health);
    void setLimits(const HealthOptions& limits);
    const HealthOptions& limits() const { return m_limits; }
    void setCurrent(NodeId node);

Q_SIGNALS:
    void nodeChosen(chainrule::NodeId node);
    void limitsEdited();

private:
    void setLimit(double HealthOptions::*which, double value);

    HealthOptions m_limits;
    Label* m_summary;
    NumberField* m_vanishing;
    NumberField* m_exploding;
    HealthChart* m_chart;
};

}  // namespace chainrule
