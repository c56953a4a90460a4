// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QAbstractSlider>

namespace chainrule {

/// The steps as dots on a line, each with its name: those that happened, the one that is shown, those to come. Its
/// value is the position; 0 is before the first step. Draws only what is visible of however many there are.
class StepLine : public QAbstractSlider {
    Q_OBJECT
public:
    explicit StepLine(QWidget* parent = nullptr);

    void show(const Moment& moment);
    /// Whether there are more steps than there is room for.
    bool isCrowded() const;

    /// Where the step at `position` (1 …) is drawn.
    QPointF dot(int position) const;
    int positionAt(qreal x) const;

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
    QString labelOf(int position) const;
    void paintStep(QPainter& painter, int position) const;
    void paintPass(QPainter& painter, int position) const;

    Moment m_moment;
    qreal m_offset = 0;  // How far it is scrolled to the right, in pixels.
};

}  // namespace chainrule
