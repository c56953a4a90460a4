// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/drag_badge.h"

#include "widgets/theme/appearance.h"

#include <QApplication>
#include <QMouseEvent>
#include <QPainter>

namespace chainrule {
namespace {

constexpr int badgeHeight = 26;
constexpr int iconSize = 14;
constexpr int padding = 7;

}  // namespace

DragBadge::DragBadge(QWidget* parent) : QWidget(parent)
{
    setCursor(Qt::OpenHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void DragBadge::setFileName(const QString& name)
{
    if (name == m_name)
        return;
    m_name = name;
    setToolTip(tr("Drag %1 to the desktop or to another program").arg(name));
    setAccessibleName(toolTip());
    updateGeometry();
    update();
}

QSize DragBadge::sizeHint() const
{
    return {QFontMetrics(fonts::numbers(11)).horizontalAdvance(m_name) + iconSize + 3 * padding + 2, badgeHeight};
}

QSize DragBadge::minimumSizeHint() const
{
    return {iconSize + 2 * padding, badgeHeight};
}

void DragBadge::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line, 1, Qt::DashLine));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics::controlRadius,
                            metrics::controlRadius);
    icon(QStringLiteral("drag-handle"), IconRole::Secondary)
        .paint(&painter, QRect(padding, (this->height() - iconSize) / 2, iconSize, iconSize));
    painter.setFont(fonts::numbers(11));
    painter.setPen(theme.text);
    const QRect room = rect().adjusted(2 * padding + iconSize, 0, -padding, 0);
    painter.drawText(room, Qt::AlignVCenter, painter.fontMetrics().elidedText(m_name, Qt::ElideMiddle, room.width()));
}

void DragBadge::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position().toPoint();
}

void DragBadge::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint way = event->position().toPoint() - m_pressed;
    if (event->buttons() & Qt::LeftButton && way.manhattanLength() >= QApplication::startDragDistance())
        Q_EMIT dragged();
}

}  // namespace chainrule
