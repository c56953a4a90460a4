// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QAbstractSlider>

namespace chainrule {

/// The steps as dots on a line, each with its name: those that happened, the one that is shown, those to come. Its
/// value is that of Moment::step(); the least is before the first forward step. Draws only what is visible of however
/// many there are.
class StepLine : public QAbstractSlider {
    Q_OBJECT
public:
    explicit StepLine(QWidget* parent = nullptr);

    void show(const Moment& moment);
    /// Whether there are more steps than there is room for.
    bool isCrowded() const;

    /// Where a step (minimum() + 1 …) is drawn.
    QPointF dot(int step) const;
    int stepAt(qreal x) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void crowdedChanged(bool isCrowded);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void sliderChange(SliderChange change) override;
    bool event(QEvent* event) override;

private:
    qreal spacing() const;
    void reveal();
    int stepCount() const { return maximum() - minimum(); }
    QString labelOf(int step) const;
    QString passBefore(int step) const;
    void paintLine(QPainter& painter) const;
    void paintStep(QPainter& painter, int step) const;
    void paintPass(QPainter& painter, int step) const;

    Moment m_moment;
    qreal m_offset = 0;  // How far it is scrolled to the right, in pixels.
};

}  // namespace chainrule
