// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/label.h"

#include "widgets/theme/appearance.h"

#include <QPainter>
#include <QResizeEvent>

#include <algorithm>

namespace chainrule {
namespace {

QFont fontOf(Label::Role role)
{
    switch (role) {
    case Label::Role::Title: return fonts::text(13, QFont::DemiBold);
    case Label::Role::Good:
    case Label::Role::Secondary: return fonts::text(11);
    case Label::Role::Caption:
    case Label::Role::ValueCaption:
    case Label::Role::GradientCaption: return fonts::text(10, QFont::DemiBold);
    case Label::Role::Number:
    case Label::Role::Value:
    case Label::Role::Gradient: return fonts::numbers(12);
    case Label::Role::Body:
    case Label::Role::Error: break;
    }
    return fonts::text(12);
}

QColor colourOf(Label::Role role, const Theme& theme)
{
    switch (role) {
    case Label::Role::Caption:
    case Label::Role::Secondary: return theme.secondary;
    case Label::Role::ValueCaption:
    case Label::Role::Value: return theme.value;
    case Label::Role::GradientCaption:
    case Label::Role::Gradient: return theme.gradient;
    case Label::Role::Good: return theme.good;
    case Label::Role::Error: return theme.error;
    default: return theme.text;
    }
}

}  // namespace

Label::Label(Role role, const QString& text, QWidget* parent) : QLabel(text, parent), m_role(role)
{
    setTextFormat(Qt::PlainText);
    dress();
    connect(&Appearance::instance(), &Appearance::changed, this, &Label::dress);
}

void Label::setRole(Role role)
{
    if (role == m_role)
        return;
    m_role = role;
    dress();
}

void Label::setElided()
{
    m_isElided = true;
    update();
}

void Label::setWrapped()
{
    m_isWrapped = true;
    setWordWrap(true);
}

void Label::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    if (m_isWrapped && event->size().width() != event->oldSize().width())
        updateGeometry();  // As many lines as this width asks for.
}

QSize Label::minimumSizeHint() const
{
    const QSize hint = QLabel::minimumSizeHint();
    if (m_isWrapped)
        return {hint.width(), heightForWidth(std::max(width(), hint.width()))};
    return m_isElided ? QSize(fontMetrics().horizontalAdvance(QStringLiteral("xx…")), hint.height()) : hint;
}

void Label::paintEvent(QPaintEvent* event)
{
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
    if (m_isElided)
        setToolTip(shown == text() ? QString() : text());
    if (!m_isElided || shown == text())
        return QLabel::paintEvent(event);
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(rect(), int(alignment()), shown);
}

void Label::dress()
{
    // By a sheet of its own, since one of the application's would win over a palette.
    setStyleSheet(QStringLiteral("color: %1; background: transparent;")
                      .arg(colourOf(m_role, Appearance::instance().theme()).name()));
    setFont(fontOf(m_role));
}

}  // namespace chainrule
