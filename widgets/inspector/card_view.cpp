// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/card_view.h"

#include "widgets/inspector/card_words.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QPainter>
#include <QResizeEvent>

#include <algorithm>

namespace chainrule {
namespace {

using Role = CardPart::Role;
using Joint = CardPart::Joint;

constexpr int captionHeight = 16;
constexpr int gap = 10;        // Between one part and the next caption.
constexpr int signWidth = 28;
constexpr qreal flowRoom = 132;  // For a part that stands beside others.
constexpr int edge = 5;          // From a matrix to the line along it.

}  // namespace

CardView::CardView(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
}

const CardPart& CardView::part(std::size_t i) const
{
    return i < m_card.given.size() ? m_card.given[i] : m_card.parts[i - m_card.given.size()];
}

QString CardView::caption(std::size_t i) const
{
    return captionOf(part(i));
}

void CardView::addPlace()
{
    const std::size_t i = m_places.size();
    m_places.push_back({new Label(Label::Role::Caption, this), new TensorPreview(this), {}});
    m_places[i].caption->setElided();
    connect(m_places[i].preview, &TensorPreview::picked, this, [this, i](std::int64_t element) { Q_EMIT picked(i, element); });
    connect(m_places[i].preview, &TensorPreview::pointedAt, this,
            [this, i](std::optional<std::int64_t> element) { point(i, element); });
}

void CardView::show(const VjpCard& card)
{
    m_card = card;
    while (m_places.size() < partCount())
        addPlace();
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        const bool isShown = i < partCount();
        m_places[i].caption->setVisible(isShown);
        m_places[i].preview->setVisible(isShown);
    }
    setAccessibleName(QString::fromStdString(card.rule));
    arrange();
}

void CardView::fill(std::size_t i, qreal room)
{
    const CardPart& shown = part(i);
    Place& place = m_places[i];
    place.preview->show(shown.tensor, room);
    place.preview->setUse(isGradient(shown) ? TensorPreview::Use::Pick : TensorPreview::Use::Look);
    place.preview->setGhosts(shown.joint == Joint::RepeatedOver ? shown.dims : std::vector<std::int64_t>());
    const QString note = place.preview->preview().note();
    place.caption->setRole(hueOf(shown));
    place.caption->setText(note.isEmpty() ? caption(i) : tr("%1  %2").arg(caption(i), note));
    place.preview->setAccessibleName(place.caption->text());
    place.preview->resize(place.preview->sizeHint());
    place.sign = {};
}

/// Of elements that only move, those that are moved; on both sides.
void CardView::mark()
{
    if (m_card.origins.empty() || m_card.picture == Picture::Rearranged || m_card.picture == Picture::Joined)
        return;
    std::vector<std::int64_t> from, to;
    for (std::size_t i = 0; i < m_card.origins.size(); ++i)
        if (m_card.origins[i] >= 0) {
            from.push_back(m_card.origins[i]);
            to.push_back(std::int64_t(i));
        }
    if (m_card.picture == Picture::Cut)
        m_places[partCount() - 2].preview->setMarked(std::move(from));
    else
        m_places[partCount() - 1].preview->setMarked(std::move(to));
}

/// Points at where an element comes from or goes to as well.
void CardView::point(std::size_t place, std::optional<std::int64_t> element)
{
    const std::size_t last = partCount() - 1;
    if (m_card.origins.empty() || place > last)
        return;
    for (std::size_t i = 0; i <= last; ++i)
        if (i != place)
            m_places[i].preview->setCurrent(std::nullopt);
    if (!element)
        return;
    std::int64_t first = 0;
    for (std::size_t i = m_card.given.size(); i < last; first += m_places[i++].preview->tensor().size()) {
        const auto& origins = m_card.origins;
        if (place == last) {
            const std::int64_t from = origins[std::size_t(*element)] - first;
            if (from >= 0 && from < m_places[i].preview->tensor().size())
                m_places[i].preview->setCurrent(from);
        } else if (place == i) {
            const auto to = std::ranges::find(origins, first + *element);
            if (to != origins.end())
                m_places[last].preview->setCurrent(to - origins.begin());
        }
    }
}

/// Returns where it ends.
int CardView::put(std::size_t i, QPoint topLeft)
{
    Place& place = m_places[i];
    place.caption->setGeometry(QRect(topLeft, QSize(std::min(place.caption->sizeHint().width(), width() - topLeft.x()), captionHeight)));
    place.preview->move(topLeft + QPoint(0, captionHeight));
    return place.preview->geometry().bottom() + 1;
}

/// Below each other; the sign stands to the right of what it follows.
int CardView::stackBelow(int top)
{
    const std::size_t from = m_card.given.size();
    for (std::size_t i = from; i < partCount(); ++i) {
        fill(i, std::max(4 * Preview::widestCell, qreal(width() - signWidth)));
        const int bottom = put(i, {0, top});
        if (i > from && !signOf(part(i).joint).isEmpty()) {
            const QRect before = m_places[i - 1].preview->geometry();
            m_places[i].sign = QPointF(before.right() + 1 + signWidth / 2, before.center().y() + 1);
        }
        top = bottom + gap;
    }
    return top - gap;
}

/// Side by side as long as there is room; a line that goes on begins with its sign. Returns where it ends.
int CardView::flow(std::size_t from, std::size_t to, int top)
{
    const qreal room = std::min(flowRoom, std::floor((width() - signWidth) / 2.0) - 3);
    int left = 0, bottom = top;
    for (std::size_t i = from; i < to; ++i) {
        fill(i, room);
        Place& place = m_places[i];
        const int needed = std::max(place.preview->width(), place.caption->sizeHint().width());
        const bool hasSign = i > from && !signOf(part(i).joint).isEmpty();
        const bool isAlone = i > from && (part(i).role == Role::Diagonal || part(i).joint == Joint::Becomes);
        if (left > 0 && (isAlone || left + signWidth + needed > width())) {
            left = 0;
            top = bottom + gap;
        }
        const int signLeft = left;
        if (left > 0 || hasSign)
            left += left > 0 && !hasSign ? gap + 6 : signWidth;
        const int end = put(i, {left, top});
        if (hasSign)
            place.sign = QPointF(signLeft + signWidth / 2, place.preview->geometry().center().y() + 1);
        bottom = std::max(bottom, end);
        left += needed;
    }
    return bottom;
}

/// The left factor to the left of the product, the right one above it. False: there is no room for that.
bool CardView::corner(int& bottom)
{
    constexpr std::size_t left = 0, right = 1, product = 2;
    const auto columns = [&](std::size_t i) { return qreal(std::max<std::int64_t>(part(i).tensor.shape().back(), 1)); };
    const qreal room = width() - signWidth - 2 * edge;
    const qreal cell = std::min(Preview::widestCell, std::floor(room / (columns(left) + columns(right))));
    if (cell < Preview::narrowestCell || part(right).tensor.shape()[part(right).tensor.rank() - 2] > 6
        || part(left).tensor.shape()[part(left).tensor.rank() - 2] > 6)
        return false;
    for (const std::size_t i : {left, right, product})
        fill(i, cell * columns(i));
    const int leftEnd = edge + 2 + std::max(m_places[left].preview->width(), m_places[left].caption->sizeHint().width());
    const int rightAt = leftEnd + signWidth;
    if (rightAt + m_places[right].preview->width() + edge > width())
        return false;
    const int top = put(right, {rightAt, 0}) + gap;
    bottom = put(product, {rightAt, top});
    put(left, {leftEnd - m_places[left].preview->width(), top});
    m_places[left].caption->setGeometry(edge + 2, top, leftEnd - edge - 2, captionHeight);
    const QRect before = m_places[left].preview->geometry();
    m_places[product].sign = QPointF(before.right() + 1 + signWidth / 2, before.center().y() + 1);
    bottom += edge + 2;
    for (std::size_t i = product + 1; i < partCount(); ++i) {
        fill(i, width() - signWidth);
        m_places[i].sign = QPointF(rightAt + m_places[i - 1].preview->width() + signWidth / 2,
                                   m_places[i - 1].preview->geometry().center().y() + 1);
        bottom = put(i, {std::min(rightAt, width() - m_places[i].preview->width()), bottom + gap});
    }
    return true;
}

void CardView::arrange()
{
    m_isCorner = m_card.picture == Picture::Product && m_card.given.empty() && corner(m_height);
    const bool flows = m_card.picture == Picture::DiagonalMinusOuter || m_card.picture == Picture::General
                       || m_card.picture == Picture::Joined;
    const std::size_t given = m_card.given.size();
    if (!m_isCorner)
        m_height = flows ? flow(0, partCount(), 0) : stackBelow(given > 0 ? flow(0, given, 0) + gap : 0);
    if (partCount() >= 2)
        mark();
    updateGeometry();
    update();
}

QSize CardView::sizeHint() const
{
    return {6 * 48, m_height};
}

QSize CardView::minimumSizeHint() const
{
    return {100, m_height};
}

void CardView::resizeEvent(QResizeEvent* event)
{
    if (event->size().width() != event->oldSize().width() && partCount() > 0)
        arrange();
}

/// Lines along the sides of the matrices that have to be equally long.
void CardView::paintEdges(QPainter& painter) const
{
    const Theme& theme = Appearance::instance().theme();
    const QRectF left = m_places[0].preview->geometry(), right = m_places[1].preview->geometry();
    const QRectF product = m_places[2].preview->geometry();
    const auto line = [&](const QColor& colour, Qt::PenStyle style, QPointF from, QPointF to) {
        painter.setPen(QPen(colour, 2, style, Qt::RoundCap));
        painter.drawLine(from, to);
    };
    line(theme.gradient, Qt::SolidLine, left.topLeft() - QPointF(edge, -2), left.bottomLeft() - QPointF(edge, 2));
    line(theme.gradient, Qt::SolidLine, product.topRight() + QPointF(edge, 2), product.bottomRight() + QPointF(edge, -2));
    line(theme.value, Qt::SolidLine, right.topLeft() + QPointF(2, -1), right.topRight() + QPointF(-2, -1));
    line(theme.value, Qt::SolidLine, product.bottomLeft() + QPointF(2, edge), product.bottomRight() + QPointF(-2, edge));
    line(theme.faint, Qt::DotLine, left.bottomLeft() + QPointF(2, edge), left.bottomRight() + QPointF(-2, edge));
    line(theme.faint, Qt::DotLine, right.topLeft() - QPointF(edge, -2), right.bottomLeft() - QPointF(edge, 2));
}

void CardView::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(fonts::text(14));
    painter.setPen(theme.secondary);
    for (std::size_t i = 0; i < partCount(); ++i)
        if (!m_places[i].sign.isNull())
            painter.drawText(QRectF(m_places[i].sign - QPointF(14, 10), QSizeF(28, 20)), Qt::AlignCenter,
                             signOf(part(i).joint));
    if (m_isCorner)
        paintEdges(painter);
}

}  // namespace chainrule
