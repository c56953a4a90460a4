// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/player/step_line.h"

#include "widgets/player/player.h"
#include "widgets/theme/appearance.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal leastSpacing = 56;
constexpr qreal mostSpacing = 160;
constexpr qreal margin = 28;
constexpr qreal lineY = 24;
constexpr qreal labelY = 36;

}  // namespace

StepLine::StepLine(QWidget* parent) : QAbstractSlider(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setOrientation(Qt::Horizontal);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setSingleStep(1);
    setPageStep(10);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void StepLine::show(const Moment& moment)
{
    const bool isOther = moment.isEmpty() || m_moment.isEmpty() || &moment.replay() != &m_moment.replay();
    const bool wasCrowded = isCrowded();
    m_moment = moment;
    if (isOther)
        m_offset = 0;
    {
        const QSignalBlocker silence(this);  // It is shown where it is; nobody asked to go there.
        setRange(moment.isEmpty() ? 0 : -int(moment.replay().forwardLength()),
                 moment.isEmpty() ? 0 : int(moment.replay().length()));
        setValue(int(moment.step()));
    }
    reveal();
    update();
    if (isCrowded() != wasCrowded)
        Q_EMIT crowdedChanged(isCrowded());
}

qreal StepLine::spacing() const
{
    const qreal room = width() - 2 * margin;
    return std::clamp(room / std::max(1, stepCount() - 1), leastSpacing, mostSpacing);
}

bool StepLine::isCrowded() const
{
    return (stepCount() - 1) * leastSpacing > width() - 2 * margin;
}

QPointF StepLine::dot(int step) const
{
    return {margin + (step - minimum() - 1) * spacing() - m_offset, lineY};
}

int StepLine::stepAt(qreal x) const
{
    const qreal steps = (x + m_offset - margin) / spacing() + 1;
    return std::clamp(minimum() + int(std::lround(steps)), minimum(), maximum());
}

void StepLine::reveal()
{
    const qreal most = std::max(0.0, 2 * margin + (stepCount() - 1) * spacing() - width());
    const qreal x = margin + std::max(0, value() - minimum() - 1) * spacing();
    const qreal room = std::min(margin + spacing(), width() / 2.0);
    m_offset = std::clamp(std::clamp(m_offset, x - width() + room, x - room), 0.0, most);
}

QString StepLine::labelOf(int step) const
{
    const Replay& replay = m_moment.replay();
    const QString name = stepNameAt(replay, step);
    if (step <= 0)
        return name;
    const std::size_t event = std::size_t(step - 1);
    const auto receiver = replay.receiver(event);
    const auto& events = replay.run().events;
    const auto isOfThisPass = [&](std::uint32_t other) { return events[other].pass == events[event].pass; };
    if (!receiver || std::ranges::count_if(replay.arrivals(*receiver), isOfThisPass) > 1)
        return name;
    return name.section(QStringLiteral(" ← "), 0, 0);  // Where it came from goes without saying.
}

void StepLine::paintEvent(QPaintEvent*)
{
    if (stepCount() == 0)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintLine(painter);
    const int from = std::max(minimum() + 1, stepAt(-spacing()));
    const int to = std::min(maximum(), stepAt(width() + spacing()));
    for (int step = from; step <= to; ++step) {
        paintPass(painter, step);
        paintStep(painter, step);
    }
}

/// What has happened, in the colours of the passes, and what is to come.
void StepLine::paintLine(QPainter& painter) const
{
    const Theme& theme = Appearance::instance().theme();
    const auto within = [&](qreal x) { return std::clamp(x, 0.0, qreal(width())); };
    const auto draw = [&](const QColor& colour, int first, int last) {
        if (first >= last)
            return;
        painter.setPen(QPen(colour, 3, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(QPointF(within(dot(first).x()), lineY), QPointF(within(dot(last).x()), lineY));
    };
    const int first = minimum() + 1;
    draw(theme.line, first, maximum());
    draw(theme.value, first, std::min(value(), 0));
    draw(theme.gradient, std::max(first, 1), value());
}

/// What begins with the step: "forward", "backward", "pass 2"; empty in the midst of a pass.
QString StepLine::passBefore(int step) const
{
    if (step <= 0)
        return step == minimum() + 1 ? tr("forward") : QString();
    const auto& events = m_moment.run().events;
    const std::size_t event = std::size_t(step - 1);
    if (event > 0 && events[event - 1].pass == events[event].pass)
        return {};
    const bool isSole = events.front().pass == events.back().pass;
    return isSole ? tr("backward") : tr("pass %1").arg(events[event].pass);
}

/// Where another pass begins: a bar across the line and what it is called.
void StepLine::paintPass(QPainter& painter, int step) const
{
    const QString name = passBefore(step);
    if (name.isEmpty())
        return;
    const Theme& theme = Appearance::instance().theme();
    const bool isFirst = step == minimum() + 1;
    const qreal x = isFirst ? dot(step).x() - margin + 8 : dot(step).x() - spacing() / 2;
    painter.setPen(QPen(theme.secondary, 1));
    if (!isFirst)
        painter.drawLine(QPointF(x, 2), QPointF(x, lineY + 8));
    painter.setFont(fonts::text(10));
    painter.drawText(QPointF(x + 5, 10), name);
}

void StepLine::paintStep(QPainter& painter, int step) const
{
    const Theme& theme = Appearance::instance().theme();
    const QColor& hue = step > 0 ? theme.gradient : theme.value;
    const QPointF centre = dot(step);
    const bool isNow = step == value();
    const bool isToCome = step > value();
    painter.setPen(QPen(theme.panel, 2));
    painter.setBrush(isToCome ? theme.line : hue);
    const qreal radius = isNow ? 7 : 5.5;
    painter.drawEllipse(centre, radius, radius);
    if (isNow && hasFocus()) {
        painter.setPen(QPen(theme.selection, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 9.5, 9.5);
    }
    const QFont font = fonts::numbers(11);
    const QString text = QFontMetrics(font).elidedText(labelOf(step), Qt::ElideMiddle, int(spacing()) - 6);
    painter.setFont(font);
    painter.setPen(isToCome ? theme.faint : hue);
    painter.drawText(QRectF(centre.x() - spacing() / 2, labelY, spacing(), 18), Qt::AlignHCenter | Qt::AlignTop,
                     text);
}

void StepLine::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || stepCount() == 0)
        return event->ignore();
    setValue(stepAt(event->position().x()));
}

void StepLine::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton && stepCount() > 0)
        setValue(stepAt(event->position().x()));
}

void StepLine::resizeEvent(QResizeEvent* event)
{
    QAbstractSlider::resizeEvent(event);
    reveal();
    Q_EMIT crowdedChanged(isCrowded());
}

void StepLine::sliderChange(SliderChange change)
{
    if (change == SliderValueChange)
        reveal();
    QAbstractSlider::sliderChange(change);
}

bool StepLine::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip || stepCount() == 0)
        return QAbstractSlider::event(event);
    auto* const help = static_cast<QHelpEvent*>(event);
    const int step = stepAt(help->pos().x());
    if (step > minimum()) {
        const QString words = step > 0 ? tr("step %1 of %2:  %3").arg(step).arg(maximum())
                                       : tr("forward step %1 of %2:  %3").arg(step - minimum()).arg(-minimum());
        QToolTip::showText(help->globalPos(), words.arg(stepNameAt(m_moment.replay(), step)));
    }
    return true;
}

QSize StepLine::sizeHint() const
{
    return {480, 60};
}

QSize StepLine::minimumSizeHint() const
{
    return {120, 60};
}

}  // namespace chainrule
