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
        setRange(0, moment.isEmpty() ? 0 : int(moment.replay().length()));
        setValue(moment.isEmpty() ? 0 : int(moment.position()));
    }
    reveal();
    update();
    if (isCrowded() != wasCrowded)
        Q_EMIT crowdedChanged(isCrowded());
}

qreal StepLine::spacing() const
{
    const qreal room = width() - 2 * margin;
    return std::clamp(room / std::max(1, maximum() - 1), leastSpacing, mostSpacing);
}

bool StepLine::isCrowded() const
{
    return (maximum() - 1) * leastSpacing > width() - 2 * margin;
}

QPointF StepLine::dot(int position) const
{
    return {margin + (position - 1) * spacing() - m_offset, lineY};
}

int StepLine::positionAt(qreal x) const
{
    const qreal steps = (x + m_offset - margin) / spacing() + 1;
    return std::clamp(int(std::lround(steps)), 0, maximum());
}

void StepLine::reveal()
{
    const qreal most = std::max(0.0, 2 * margin + (maximum() - 1) * spacing() - width());
    const qreal x = margin + (std::max(1, value()) - 1) * spacing();
    const qreal room = std::min(margin + spacing(), width() / 2.0);
    m_offset = std::clamp(std::clamp(m_offset, x - width() + room, x - room), 0.0, most);
}

QString StepLine::labelOf(int position) const
{
    const Replay& replay = m_moment.replay();
    const std::size_t event = std::size_t(position - 1);
    const QString name = stepName(replay, event);
    const auto receiver = replay.receiver(event);
    const auto& events = replay.run().events;
    const auto isOfThisPass = [&](std::uint32_t other) { return events[other].pass == events[event].pass; };
    if (!receiver || std::ranges::count_if(replay.arrivals(*receiver), isOfThisPass) > 1)
        return name;
    return name.section(QStringLiteral(" ← "), 0, 0);  // Where it came from goes without saying.
}

void StepLine::paintEvent(QPaintEvent*)
{
    if (maximum() == 0)
        return;
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal now = std::clamp(dot(value()).x(), 0.0, qreal(width()));
    const qreal first = std::max(0.0, dot(1).x());
    const qreal last = std::min(qreal(width()), dot(maximum()).x());
    painter.setPen(QPen(theme.line, 3, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(QPointF(first, lineY), QPointF(last, lineY));
    if (value() > 0 && now > first) {
        painter.setPen(QPen(theme.gradient, 3, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(QPointF(first, lineY), QPointF(now, lineY));
    }
    const int from = std::max(1, positionAt(-spacing()));
    const int to = std::max(from, positionAt(width() + spacing()));
    for (int position = from; position <= std::min(to, maximum()); ++position) {
        paintPass(painter, position);
        paintStep(painter, position);
    }
}

/// Where another pass begins: a bar across the line and the pass's number.
void StepLine::paintPass(QPainter& painter, int position) const
{
    const auto& events = m_moment.run().events;
    const std::size_t event = std::size_t(position - 1);
    const int pass = events[event].pass;
    const bool isSole = events.front().pass == events.back().pass;
    if (isSole || (event > 0 && events[event - 1].pass == pass))
        return;
    const Theme& theme = Appearance::instance().theme();
    const qreal x = event > 0 ? dot(position).x() - spacing() / 2 : dot(position).x() - margin + 8;
    painter.setPen(QPen(theme.secondary, 1));
    if (event > 0)
        painter.drawLine(QPointF(x, 2), QPointF(x, lineY + 8));
    painter.setFont(fonts::text(10));
    painter.drawText(QPointF(x + 5, 10), tr("pass %1").arg(pass));
}

void StepLine::paintStep(QPainter& painter, int position) const
{
    const Theme& theme = Appearance::instance().theme();
    const QPointF centre = dot(position);
    const bool isNow = position == value();
    const bool isToCome = position > value();
    painter.setPen(QPen(theme.panel, 2));
    painter.setBrush(isToCome ? theme.line : theme.gradient);
    const qreal radius = isNow ? 7 : 5.5;
    painter.drawEllipse(centre, radius, radius);
    if (isNow && hasFocus()) {
        painter.setPen(QPen(theme.selection, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 9.5, 9.5);
    }
    const QFont font = fonts::numbers(11);
    const QString text = QFontMetrics(font).elidedText(labelOf(position), Qt::ElideMiddle, int(spacing()) - 6);
    painter.setFont(font);
    painter.setPen(isToCome ? theme.faint : theme.gradient);
    painter.drawText(QRectF(centre.x() - spacing() / 2, labelY, spacing(), 18), Qt::AlignHCenter | Qt::AlignTop,
                     text);
}

void StepLine::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || maximum() == 0)
        return event->ignore();
    setValue(positionAt(event->position().x()));
}

void StepLine::mouseMoveEvent(QMouseEvent* event)
{
    if (event->buttons() & Qt::LeftButton && maximum() > 0)
        setValue(positionAt(event->position().x()));
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
    if (event->type() != QEvent::ToolTip || maximum() == 0)
        return QAbstractSlider::event(event);
    auto* const help = static_cast<QHelpEvent*>(event);
    const int position = positionAt(help->pos().x());
    if (position > 0)
        QToolTip::showText(help->globalPos(), tr("step %1 of %2:  %3")
                                                  .arg(position)
                                                  .arg(maximum())
                                                  .arg(stepName(m_moment.replay(), std::size_t(position - 1))));
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
