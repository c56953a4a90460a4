// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QTabBar>

namespace chainrule {

/// Tabs as words with a line below the chosen one, blue for values and orange for gradients. They come closer together
/// where there is little room.
class TabBar : public QTabBar {
    Q_OBJECT
public:
    enum class Hue { Plain, Value, Gradient };
    explicit TabBar(QWidget* parent);

    void add(const QString& title, Hue hue);

protected:
    QSize tabSizeHint(int index) const override;
    QSize minimumTabSizeHint(int index) const override { return tabSizeHint(index); }
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    int gap(const QFont& font) const;
    void fit();

    QFont m_font;
    int m_gap = 0;
};

}  // namespace chainrule
