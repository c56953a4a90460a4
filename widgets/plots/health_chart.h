// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/health.h"

#include <QWidget>

#include <memory>
#include <optional>
#include <vector>

namespace chainrule {

/// Norms of gradients, by their logarithm, in the order of evaluation; below them which share of a node's slopes is
/// dead or saturated. Each band has a sign of its own beside its colour. A click on a point, or Enter, chooses its node.
class HealthChart : public QWidget {
    Q_OBJECT
public:
    struct Point {
        NodeId node;
        QString name;
        std::optional<double> norm = {};  ///< Absent where no gradient has flowed.
        GradientBand band = GradientBand::Healthy;
        double dead = 0;       ///< Shares, 0 … 1.
        double saturated = 0;
        QString words = {};  ///< What it says when hovered.
    };

    explicit HealthChart(QWidget* parent = nullptr);
    ~HealthChart() override;

    void show(std::vector<Point> points, const HealthOptions& limits);
    const std::vector<Point>& points() const;
    /// The node that is marked.
    void setCurrent(NodeId node);
    /// Where a point is drawn, in the widget.
    QPointF position(std::size_t point) const;
    /// The nearest one in reach; absent where there is none.
    std::optional<std::size_t> pointAt(QPointF position) const;

Q_SIGNALS:
    void nodeChosen(chainrule::NodeId node);

protected:
    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    class Parts;

    void draw();
    void drawCurrent();
    void moveTo(std::size_t point);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
