// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/check_picture.h"

#include "widgets/canvas/check_sign.h"
#include "widgets/canvas/node_check.h"
#include "widgets/canvas/panel.h"
#include "widgets/theme/appearance.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal mostWidth = 256;
constexpr qreal mostHeight = 160;
constexpr qreal smallestCell = 4;
constexpr QSizeF largestCell(44, 20);
constexpr qreal numberWidth = 40;  ///< That "3e-10" has room in.
constexpr qreal scaleTop = 12;     ///< Below the cells
constexpr qreal scaleHeight = 8;
constexpr qreal scaleText = 14;
constexpr qreal scaleWidth = 216;
constexpr qreal scaleMargin = 18;  ///< For the numbers at its ends.
constexpr double lowest = -12;  ///< log10 of the error at which the scale begins.

constexpr double hairsbreadth = 1e-6;  ///< Of the scale.

/// Whether the tolerance forgives the difference whatever it is relative to.
bool isTiny(const JacobianEntry& entry)
{
    return entry.verdict == Verdict::Agrees
        && std::abs(entry.analytical - entry.numerical) <= GradcheckOptions().absolute;
}

bool isWorse(const JacobianEntry& a, const JacobianEntry& b)
{
    return a.verdict != b.verdict ? a.verdict > b.verdict : CheckPicture::share(a) > CheckPicture::share(b);
}

/// Where on the scale the tolerance ends.
double tolerated()
{
    return 1 - std::log10(GradcheckOptions().relative) / lowest;
}

/// Of a place on the scale: pale as far as errors are tolerated, strong from there on.
QColor shade(const Theme& theme, double share)
{
    constexpr double palest = 0.35, strong = 0.6;
    const double limit = tolerated();
    return theme.misfit(share < limit ? share / limit * palest : strong + (share - limit) / (1 - limit) * (1 - strong));
}

/// Strong for a mismatch alone: an error that rounding explains may be as large.
QColor colourOf(const Theme& theme, const JacobianEntry& entry)
{
    if (entry.verdict == Verdict::Kink)
        return theme.convention;
    if (!std::isfinite(entry.relativeError()))
        return theme.nan;
    const double share = CheckPicture::share(entry);
    return shade(theme, entry.verdict == Verdict::Mismatch ? share : std::min(share, tolerated() - hairsbreadth));
}

/// What is read best on a colour.
QColor inkOn(const Theme& theme, const QColor& ground)
{
    const QColor& other = theme.isDark ? theme.canvas : theme.panel;
    const auto distance = [&](const QColor& ink) { return std::abs(qGray(ink.rgb()) - qGray(ground.rgb())); };
    return distance(theme.text) >= distance(other) ? theme.text : other;
}

int blocksOf(std::int64_t count, qreal room)
{
    const auto most = std::int64_t(room / smallestCell);
    const std::int64_t block = (count + most - 1) / most;
    return int((count + block - 1) / std::max<std::int64_t>(block, 1));
}

}  // namespace

CheckPicture::CheckPicture(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Relative errors"));
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

void CheckPicture::show(std::shared_ptr<const LeafCheck> leaf, const Shape& shape)
{
    m_leaf = std::move(leaf);
    m_shape = shape;
    m_current = nowhere;
    const std::int64_t across = shape.empty() ? 1 : shape.back();
    const std::int64_t down = m_leaf->size / across;
    m_rows = blocksOf(down, mostHeight);
    m_columns = blocksOf(across, mostWidth);
    m_cellSize = {std::floor(std::min(largestCell.width(), mostWidth / m_columns)),
                  std::floor(std::min(largestCell.height(), mostHeight / m_rows))};
    m_entries.assign(std::size_t(m_rows) * std::size_t(m_columns), nowhere);
    for (std::size_t i = 0; i < m_leaf->entries.size(); ++i) {
        const std::int64_t element = m_leaf->entries[i].leafElement;
        const std::int64_t row = element / across * m_rows / down, column = element % across * m_columns / across;
        std::int32_t& worst = m_entries[std::size_t(row * m_columns + column)];
        if (worst == nowhere || isWorse(m_leaf->entries[i], m_leaf->entries[std::size_t(worst)]))
            worst = std::int32_t(i);
    }
    setAccessibleDescription(tr("%1 by %2 cells").arg(m_rows).arg(m_columns));
    updateGeometry();
    update();
}

void CheckPicture::clear()
{
    m_leaf.reset();
    m_entries.clear();
    m_rows = m_columns = 0;
    m_current = nowhere;
}

const JacobianEntry* CheckPicture::entryOf(int cell) const
{
    return cell == nowhere || m_entries[std::size_t(cell)] == nowhere
               ? nullptr
               : &m_leaf->entries[std::size_t(m_entries[std::size_t(cell)])];
}

const JacobianEntry* CheckPicture::entry(int row, int column) const
{
    return entryOf(row * m_columns + column);
}

QRectF CheckPicture::cell(int row, int column) const
{
    return {QPointF(1 + column * m_cellSize.width(), 1 + row * m_cellSize.height()), m_cellSize};
}

double CheckPicture::share(const JacobianEntry& entry)
{
    const double error = entry.relativeError();
    if (isTiny(entry) || error <= 0)
        return 0;
    return std::isfinite(error) ? std::clamp(1 - std::log10(error) / lowest, 0.0, 1.0) : 1;
}

QSize CheckPicture::sizeHint() const
{
    const qreal width = std::max(m_columns * m_cellSize.width() + 2, scaleWidth + 2 * scaleMargin);
    return QSizeF(width, 2 + m_rows * m_cellSize.height() + scaleTop + scaleHeight + scaleText).toSize();
}

void CheckPicture::paintEvent(QPaintEvent*)
{
    if (!m_leaf)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintCells(painter);
    paintScale(painter);
    if (m_current == nowhere)
        return;
    painter.setPen(QPen(Appearance::instance().theme().text, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(cell(m_current / m_columns, m_current % m_columns));
}

void CheckPicture::paintCells(QPainter& painter) const
{
    const Theme& theme = Appearance::instance().theme();
    const bool hasNumbers = m_cellSize.width() >= numberWidth && m_cellSize.height() >= 16;
    const qreal mark = std::min(m_cellSize.width(), m_cellSize.height()) / 2;
    const qreal gap = mark >= 4 ? 0.5 : 0;
    painter.setFont(fonts::numbers(10));
    painter.setBrush(Qt::NoBrush);
    for (int i = 0; i < m_rows * m_columns; ++i) {
        const QRectF box = cell(i / m_columns, i % m_columns).adjusted(gap, gap, -gap, -gap);
        const JacobianEntry* const entry = entryOf(i);
        painter.setPen(Qt::NoPen);
        if (!entry) {
            painter.fillRect(box, QBrush(theme.nodeLine, Qt::BDiagPattern));
            continue;
        }
        const QColor ground = colourOf(theme, *entry);
        painter.fillRect(box, ground);
        painter.setPen(QPen(inkOn(theme, ground), std::max(1.0, mark / 6)));
        if (hasNumbers && entry->verdict != Verdict::Kink && std::isfinite(entry->relativeError()))
            painter.drawText(box, Qt::AlignCenter, shortNumber(entry->relativeError(), 5));
        else if (entry->verdict > Verdict::Unresolved && mark >= 4)
            paintCheckMark(painter, entry->verdict, box.center(), mark * 0.8);
        if (hasNumbers && entry->verdict == Verdict::Mismatch)
            painter.drawRect(box.adjusted(1.5, 1.5, -1.5, -1.5));
    }
    painter.setPen(QPen(theme.nodeLine, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(QPointF(0.5, 0.5), QSizeF(m_columns * m_cellSize.width() + 1, m_rows * m_cellSize.height() + 1)));
}

/// With a stroke where the tolerance ends.
void CheckPicture::paintScale(QPainter& painter) const
{
    const Theme& theme = Appearance::instance().theme();
    const QRectF bar(scaleMargin, 2 + m_rows * m_cellSize.height() + scaleTop - 4, scaleWidth, scaleHeight);
    const qreal limit = bar.left() + bar.width() * tolerated();
    QLinearGradient colours(bar.topLeft(), bar.topRight());
    for (const double share : {0.0, tolerated() - hairsbreadth, tolerated(), 1.0})
        colours.setColorAt(share, shade(theme, share));
    painter.setPen(QPen(theme.nodeLine, 1));
    painter.setBrush(colours);
    painter.drawRect(bar);
    painter.setPen(QPen(theme.text, 1.5));
    painter.drawLine(QPointF(limit, bar.top() - 2), QPointF(limit, bar.bottom() + 2));
    painter.setPen(theme.secondary);
    painter.setFont(fonts::numbers(10));
    for (const int power : {-12, -9, -6, -3, 0}) {
        QRectF box(0, bar.bottom() + 2, 2 * scaleMargin, scaleText);
        box.moveCenter({bar.left() + bar.width() * (1 - power / lowest), box.center().y()});
        painter.drawText(box, Qt::AlignCenter, power == 0 ? QStringLiteral("1") : QStringLiteral("1e%1").arg(power));
    }
}

int CheckPicture::cellAt(QPointF place) const
{
    const int column = int(std::floor((place.x() - 1) / m_cellSize.width()));
    const int row = int(std::floor((place.y() - 1) / m_cellSize.height()));
    return m_leaf && column >= 0 && row >= 0 && column < m_columns && row < m_rows ? row * m_columns + column : nowhere;
}

void CheckPicture::point(int cell)
{
    if (cell == m_current)
        return;
    m_current = cell;
    update();
    Q_EMIT pointedAt(entryOf(cell));
}

void CheckPicture::mouseMoveEvent(QMouseEvent* event)
{
    point(cellAt(event->position()));
}

void CheckPicture::mousePressEvent(QMouseEvent* event)
{
    const JacobianEntry* const entry = entryOf(cellAt(event->position()));
    if (event->button() == Qt::LeftButton && entry)
        Q_EMIT picked(entry->leafElement);
}

void CheckPicture::leaveEvent(QEvent*)
{
    if (!hasFocus())
        point(nowhere);
}

void CheckPicture::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    if (event->reason() != Qt::MouseFocusReason && m_current == nowhere && !m_entries.empty())
        point(0);
}

void CheckPicture::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    point(nowhere);
}

void CheckPicture::keyPressEvent(QKeyEvent* event)
{
    if (m_entries.empty())
        return QWidget::keyPressEvent(event);
    const int now = std::max(m_current, 0);
    switch (event->key()) {
    case Qt::Key_Left: return point(now % m_columns > 0 ? now - 1 : now);
    case Qt::Key_Right: return point(now % m_columns + 1 < m_columns ? now + 1 : now);
    case Qt::Key_Up: return point(now >= m_columns ? now - m_columns : now);
    case Qt::Key_Down: return point(now + m_columns < int(m_entries.size()) ? now + m_columns : now);
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (const JacobianEntry* const entry = entryOf(now))
            Q_EMIT picked(entry->leafElement);
        return;
    default: QWidget::keyPressEvent(event);
    }
}

bool CheckPicture::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    const int cell = cellAt(help->pos());
    if (const JacobianEntry* const entry = entryOf(cell))
        QToolTip::showText(help->globalPos(), entryWords(*entry, m_shape), this);
    else if (cell != nowhere)
        QToolTip::showText(help->globalPos(), tr("not tried"), this);
    else
        QToolTip::hideText();
    return true;
}

QString entryWords(const JacobianEntry& entry, const Shape& shape)
{
    const QString index = elementIndex(shape, entry.leafElement);
    return (index.isEmpty() ? QString() : index + QStringLiteral(": "))
         + CheckPicture::tr("%1 by its rules, %2 by differences, relative error %3")
               .arg(checkNumber(entry.analytical), checkNumber(entry.numerical), errorNumber(entry.relativeError()));
}

}  // namespace chainrule
