// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace chainrule {

/// What the looks of links mean, each drawn as the canvas draws it; in the lower left corner of the canvas. Hidden
/// until somebody wants it; a click hides it.
class LinkLegend : public QWidget {
    Q_OBJECT
public:
    explicit LinkLegend(QWidget* canvas);

    QSize sizeHint() const override;

Q_SIGNALS:
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();
};

}  // namespace chainrule
