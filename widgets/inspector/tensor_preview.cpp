// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/tensor_preview.h"

#include "widgets/theme/appearance.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QToolTip>

#include <algorithm>

namespace chainrule {
namespace {

void frame(QPainter& painter, const QColor& colour, const QRectF& box, qreal width)
{
    painter.setPen(QPen(colour, width));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), metrics::cellRadius, metrics::cellRadius);
}

}  // namespace

TensorPreview::TensorPreview(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setMouseTracking(true);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void TensorPreview::show(const Tensor& tensor, qreal room)
{
    m_preview = Preview(tensor, room);
    m_marked.clear();
    m_ghosts.clear();
    m_current.reset();
    QString numbers;
    for (const Cell& cell : m_preview.panel().cells)
        numbers += cell.text.isEmpty() ? QString() : QLatin1Char(' ') + cell.text;
    setAccessibleDescription(shortType(tensor) + numbers);
    updateGeometry();
    update();
}

void TensorPreview::setUse(Use use)
{
    m_use = use;
    setFocusPolicy(use == Use::Pick ? Qt::StrongFocus : Qt::NoFocus);
    setCursor(use == Use::Pick ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void TensorPreview::setMarked(std::vector<std::int64_t> elements)
{
    m_marked = std::move(elements);
    update();
}

void TensorPreview::setGhosts(std::vector<std::int64_t> dims)
{
    m_ghosts = std::move(dims);
    update();
}

void TensorPreview::setCurrent(std::optional<std::int64_t> element)
{
    if (element == m_current)
        return;
    m_current = element;
    update();
}

QSize TensorPreview::sizeHint() const
{
    return m_preview.isEmpty() ? QSize() : m_preview.size().toSize() + QSize(2, 2);
}

bool TensorPreview::isGhost(std::int64_t element) const
{
    const Shape& shape = tensor().shape();
    for (std::size_t d = shape.size(); d-- > 0; element /= shape[d])
        if (element % shape[d] != 0 && std::ranges::find(m_ghosts, std::int64_t(d)) != m_ghosts.end())
            return true;
    return false;
}

void TensorPreview::paintEvent(QPaintEvent*)
{
    if (m_preview.isEmpty())
        return;
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    m_preview.paint(painter, {1, 1});
    painter.translate(1, 1);
    if (!m_ghosts.empty() && m_preview.panel().grid.hasNumbers) {
        QColor veil = theme.panel;
        veil.setAlphaF(0.45F);
        for (std::int64_t i = 0; i < std::int64_t(m_preview.panel().cells.size()); ++i)
            if (isGhost(i))
                painter.fillRect(m_preview.rectOf(i), veil);
    }
    for (const std::int64_t element : m_marked)
        if (const QRectF box = m_preview.rectOf(element); !box.isEmpty())
            frame(painter, theme.gradient, box, 1.5);
    if (m_current)
        if (const QRectF box = m_preview.rectOf(*m_current); !box.isEmpty())
            frame(painter, theme.text, box, 2);
}

void TensorPreview::point(std::optional<std::int64_t> element)
{
    if (element == m_current)
        return;
    setCurrent(element);
    Q_EMIT pointedAt(element);
}

void TensorPreview::mouseMoveEvent(QMouseEvent* event)
{
    point(m_preview.isEmpty() ? std::nullopt : m_preview.elementAt(event->position() - QPointF(1, 1)));
}

void TensorPreview::mousePressEvent(QMouseEvent* event)
{
    if (m_use != Use::Pick || event->button() != Qt::LeftButton)
        return QWidget::mousePressEvent(event);
    if (const auto element = m_preview.elementAt(event->position() - QPointF(1, 1)))
        Q_EMIT picked(*element);
}

void TensorPreview::leaveEvent(QEvent*)
{
    if (!hasFocus())
        point(std::nullopt);
}

void TensorPreview::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    if (event->reason() != Qt::MouseFocusReason && !m_current && !m_preview.isEmpty() && tensor().size() > 0)
        point(0);
}

void TensorPreview::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    point(std::nullopt);
}

void TensorPreview::keyPressEvent(QKeyEvent* event)
{
    if (m_use != Use::Pick || m_preview.isEmpty())
        return QWidget::keyPressEvent(event);
    const std::int64_t across = tensor().rank() > 0 ? tensor().shape().back() : 1;
    const std::int64_t now = m_current.value_or(0);
    const auto move = [&](std::int64_t to) {
        if (to >= 0 && to < tensor().size() && !m_preview.rectOf(to).isEmpty())
            point(to);
    };
    switch (event->key()) {
    case Qt::Key_Left: return move(now % across == 0 ? now : now - 1);
    case Qt::Key_Right: return move(now % across == across - 1 ? now : now + 1);
    case Qt::Key_Up: return move(now - across);
    case Qt::Key_Down: return move(now + across);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (!m_preview.rectOf(now).isEmpty())
            Q_EMIT picked(now);
        return;
    default: QWidget::keyPressEvent(event);
    }
}

QString TensorPreview::textOf(std::int64_t element) const
{
    return m_preview.indexText(element) + QStringLiteral(" = ")
           + QString::number(as<double>(tensor().at(element)), 'g', QLocale::FloatingPointShortest);
}

bool TensorPreview::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    if (const auto element = m_preview.isEmpty() ? std::nullopt : m_preview.elementAt(help->pos()))
        QToolTip::showText(help->globalPos(), textOf(*element), this);
    else
        QToolTip::hideText();
    return true;
}

}  // namespace chainrule
