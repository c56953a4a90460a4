// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/control_style.h"

#include "widgets/theme/appearance.h"

#include <QFrame>
#include <QPainter>
#include <QStyleOption>
#include <QWidget>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int indicatorSize = 16;
constexpr int arrowWidth = 22;  // Of the part that one clicks.
constexpr int textMargin = 8;
constexpr int controlHeight = 30;

const Theme& theme()
{
    return Appearance::instance().theme();
}

QPen line(const QColor& colour, qreal width)
{
    return QPen(colour, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
}

QColor edgeOf(const QStyleOption& option, const QWidget* widget)
{
    if (widget && widget->property("invalid").toBool())
        return theme().error;
    if (option.state & QStyle::State_HasFocus)
        return theme().selection;
    return option.state & QStyle::State_MouseOver && option.state & QStyle::State_Enabled ? theme().faint : theme().line;
}

void drawFrame(QPainter& painter, const QStyleOption& option, const QWidget* widget)
{
    painter.setPen(edgeOf(option, widget));
    painter.setBrush(theme().raised);
    painter.drawRoundedRect(QRectF(option.rect).adjusted(.5, .5, -.5, -.5), metrics::controlRadius,
                            metrics::controlRadius);
}

enum class Points { Up, Down };

void drawArrow(QPainter& painter, QPointF middle, Points points, bool isEnabled)
{
    const qreal tip = points == Points::Down ? 2 : -2;
    const QPointF ends[] = {middle + QPointF(-4, -tip), middle + QPointF(0, tip), middle + QPointF(4, -tip)};
    painter.setPen(line(isEnabled ? theme().secondary : theme().line, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(ends, 3);
}

void drawIndicator(QPainter& painter, const QStyleOption& option, qreal radius)
{
    const bool isEnabled = option.state & QStyle::State_Enabled;
    const bool isFilled = !(option.state & QStyle::State_Off);
    const QColor edge = option.state & QStyle::State_HasFocus ? theme().selection : theme().faint;
    const QColor fill = isEnabled ? theme().selection : theme().line;
    painter.setPen(isFilled ? fill : isEnabled ? edge : theme().line);
    painter.setBrush(isFilled ? fill : theme().raised);
    painter.drawRoundedRect(QRectF(option.rect).adjusted(.5, .5, -.5, -.5), radius, radius);
}

void drawTick(QPainter& painter, const QRectF& area, bool isPartial)
{
    const auto at = [&](qreal x, qreal y) { return area.topLeft() + QPointF(x * area.width(), y * area.height()); };
    const QPointF tick[] = {at(.26, .52), at(.43, .69), at(.75, .32)};
    painter.setPen(line(theme().panel, 1.8));
    if (isPartial)
        painter.drawLine(at(.28, .5), at(.72, .5));
    else
        painter.drawPolyline(tick, 3);
}

void drawSpinBox(QPainter& painter, const ControlStyle& style, const QStyleOptionSpinBox& option, const QWidget* widget)
{
    if (option.frame)
        drawFrame(painter, option, widget);
    if (option.buttonSymbols == QAbstractSpinBox::NoButtons)
        return;
    const auto middle = [&](QStyle::SubControl part) {
        return QRectF(style.subControlRect(QStyle::CC_SpinBox, &option, part, widget)).center();
    };
    const bool isEnabled = option.state & QStyle::State_Enabled;
    drawArrow(painter, middle(QStyle::SC_SpinBoxUp) + QPointF(0, 1), Points::Up,
              isEnabled && option.stepEnabled & QAbstractSpinBox::StepUpEnabled);
    drawArrow(painter, middle(QStyle::SC_SpinBoxDown) - QPointF(0, 1), Points::Down,
              isEnabled && option.stepEnabled & QAbstractSpinBox::StepDownEnabled);
}

}  // namespace

ControlStyle::ControlStyle() : QProxyStyle(QStringLiteral("Fusion")) {}

void ControlStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                 const QWidget* widget) const
{
    if (element != PE_IndicatorCheckBox && element != PE_IndicatorRadioButton)
        return QProxyStyle::drawPrimitive(element, option, painter, widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF area = option->rect;
    if (element == PE_IndicatorCheckBox) {
        drawIndicator(*painter, *option, 4);
        if (!(option->state & State_Off))
            drawTick(*painter, area, option->state & State_NoChange);
    } else {
        drawIndicator(*painter, *option, area.width() / 2);
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme().panel);
        if (option->state & State_On)
            painter->drawEllipse(area.center(), area.width() / 5, area.width() / 5);
    }
    painter->restore();
}

void ControlStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                      const QWidget* widget) const
{
    const auto* const comboBox = control == CC_ComboBox ? qstyleoption_cast<const QStyleOptionComboBox*>(option) : nullptr;
    const auto* const spinBox = control == CC_SpinBox ? qstyleoption_cast<const QStyleOptionSpinBox*>(option) : nullptr;
    if (!comboBox && !spinBox)
        return QProxyStyle::drawComplexControl(control, option, painter, widget);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (spinBox) {
        drawSpinBox(*painter, *this, *spinBox, widget);
    } else {
        if (comboBox->frame)
            drawFrame(*painter, *option, widget);
        const QRect arrow = subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget);
        drawArrow(*painter, QRectF(arrow).center(), Points::Down, option->state & State_Enabled);
    }
    painter->restore();
}

QRect ControlStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                                   const QWidget* widget) const
{
    const QRect all = option->rect;
    const bool isSpinBox = control == CC_SpinBox && part != SC_SpinBoxFrame;
    if (!isSpinBox && !(control == CC_ComboBox && (part == SC_ComboBoxArrow || part == SC_ComboBoxEditField)))
        return QProxyStyle::subControlRect(control, option, part, widget);
    const auto* const spinBox = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    const bool hasArrows = !spinBox || spinBox->buttonSymbols != QAbstractSpinBox::NoButtons;
    const int width = hasArrows ? arrowWidth : textMargin;
    const QRect arrows(all.right() + 1 - width, all.top(), width, all.height());
    if (control == CC_ComboBox ? part == SC_ComboBoxEditField : part == SC_SpinBoxEditField)
        return visualRect(option->direction, all, all.adjusted(textMargin, 1, -width, -1));
    if (isSpinBox && !hasArrows)
        return {};
    if (isSpinBox) {
        const int half = all.height() / 2;
        const QRect upper(arrows.topLeft(), QSize(width, half));
        return visualRect(option->direction, all,
                          part == SC_SpinBoxUp ? upper : arrows.adjusted(0, half, 0, 0));
    }
    return visualRect(option->direction, all, arrows);
}

QSize ControlStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                     const QWidget* widget) const
{
    const QSize usual = QProxyStyle::sizeFromContents(type, option, size, widget);
    if (type != CT_ComboBox && type != CT_SpinBox)
        return usual;
    return {size.width() + textMargin + arrowWidth + 4, std::max(usual.height(), controlHeight)};
}

int ControlStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    switch (metric) {
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight: return indicatorSize;
    default: return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int ControlStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                            QStyleHintReturn* data) const
{
    if (hint == SH_ComboBox_PopupFrameStyle)
        return QFrame::NoFrame;
    return QProxyStyle::styleHint(hint, option, widget, data);
}

}  // namespace chainrule
