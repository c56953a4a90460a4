// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace chainrule {

/// A file that can be dragged out of the window by its name.
class DragBadge : public QWidget {
    Q_OBJECT
public:
    explicit DragBadge(QWidget* parent);

    void setFileName(const QString& name);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void dragged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    QString m_name;
    QPoint m_pressed;
};

}  // namespace chainrule
