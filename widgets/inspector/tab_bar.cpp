// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tab_bar.h"

#include "widgets/theme/appearance.h"

#include <QPainter>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int barHeight = 32;
constexpr int mostBetween = 16;
constexpr int leastBetween = 7;

QFont tabFont(int pixels)
{
    return fonts::text(pixels, QFont::DemiBold);
}

QColor colourOf(TabBar::Hue hue, const Theme& theme)
{
    switch (hue) {
    case TabBar::Hue::Value: return theme.value;
    case TabBar::Hue::Gradient: return theme.gradient;
    case TabBar::Hue::Plain: break;
    }
    return theme.text;
}

}  // namespace

TabBar::TabBar(QWidget* parent) : QTabBar(parent), m_font(tabFont(12)), m_gap(mostBetween)
{
    setDrawBase(false);
    setExpanding(false);
    setUsesScrollButtons(true);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void TabBar::add(const QString& title, Hue hue)
{
    setTabData(addTab(title), int(hue));
    fit();
}

/// What there is between the tabs in this font.
int TabBar::gap(const QFont& font) const
{
    int words = 0;
    for (int tab = 0; tab < count(); ++tab)
        words += QFontMetrics(font).horizontalAdvance(tabText(tab));
    return (width() - words) / std::max(1, count() - 1);
}

void TabBar::fit()
{
    m_font = tabFont(gap(tabFont(12)) >= leastBetween ? 12 : 11);
    m_gap = std::clamp(gap(m_font), leastBetween, mostBetween);
}

QSize TabBar::tabSizeHint(int index) const
{
    const bool isLast = index == count() - 1;
    return {QFontMetrics(m_font).horizontalAdvance(tabText(index)) + (isLast ? 0 : m_gap), barHeight};
}

void TabBar::resizeEvent(QResizeEvent* event)
{
    fit();
    QTabBar::resizeEvent(event);
}

void TabBar::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme.line);
    painter.setFont(m_font);
    for (int tab = 0; tab < count(); ++tab) {
        const QRect box = tabRect(tab).adjusted(0, 0, tab == count() - 1 ? 0 : -m_gap, 0);
        const bool isChosen = tab == currentIndex();
        painter.setPen(isChosen ? theme.text : theme.secondary);
        painter.drawText(box, Qt::AlignVCenter | Qt::TextDontClip, tabText(tab));
        if (!isChosen)
            continue;
        painter.fillRect(QRect(box.left(), height() - 2, box.width(), 2), colourOf(Hue(tabData(tab).toInt()), theme));
        if (hasFocus()) {
            painter.setPen(theme.selection);
            painter.drawRoundedRect(box.adjusted(-3, 5, 3, -7), 4, 4);
        }
    }
}

}  // namespace chainrule
