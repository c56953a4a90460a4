// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/term_list.h"

#include "engine/io/export_files.h"
#include "widgets/inspector/preview.h"
#include "widgets/theme/appearance.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr int rowHeight = 48;
constexpr int mostRows = 6;
constexpr int valueWidth = 84;

class TermDelegate : public QStyledItemDelegate {
public:
    TermDelegate(const TermModel& model, QObject* parent) : QStyledItemDelegate(parent), m_model(model) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Theme& theme = Appearance::instance().theme();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QRectF row = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -3.5);
        const bool isPointedAt = option.state & (QStyle::State_Selected | QStyle::State_MouseOver);
        painter->setPen(QPen(isPointedAt ? theme.selection : theme.line, 1));
        painter->setBrush(theme.raised);
        painter->drawRoundedRect(row, 5, 5);
        const double ratio = m_model.ratio(index);
        const QRectF bar(row.left() + 8, row.bottom() - 5, (row.width() - 16) * std::abs(ratio), 2);
        painter->setPen(Qt::NoPen);
        painter->setBrush(ratio < 0 ? theme.cellNegative : theme.cellPositive);
        painter->drawRoundedRect(bar, 1, 1);
        const QRectF inner = row.adjusted(8, 5, -8, -8);
        draw(*painter, fonts::numbers(12), theme.text, inner, Qt::AlignTop | Qt::AlignRight, m_model.value(index));
        const QRectF words = inner.adjusted(0, 0, -valueWidth, 0);
        draw(*painter, fonts::numbers(12), theme.text, words, Qt::AlignTop | Qt::AlignLeft, m_model.title(index));
        draw(*painter, fonts::text(10), theme.secondary, inner, Qt::AlignBottom | Qt::AlignLeft, m_model.details(index));
        painter->restore();
    }
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {120, rowHeight}; }

private:
    static void draw(QPainter& painter, const QFont& font, const QColor& colour, const QRectF& room, int alignment,
                     const QString& text)
    {
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(room, alignment, painter.fontMetrics().elidedText(text, Qt::ElideRight, int(room.width())));
    }

    const TermModel& m_model;
};

}  // namespace

QString placeName(const Evaluation& evaluation, Place place)
{
    if (const auto owner = evaluation.owner(place))
        return QString::fromStdString(addressText(evaluation, *owner));
    const std::string_view function = gradFnName(evaluation.tape(), place.entry);
    return QString::fromUtf8(function.data(), qsizetype(function.size()));
}

QString cellName(const Evaluation& evaluation, const GradientCell& cell)
{
    return placeName(evaluation, cell.place)
           + indexText(evaluation.tape().output(cell.place.entry, cell.place.output).shape(), cell.element);
}

void TermModel::show(const Moment& moment, std::shared_ptr<const Explanation> explanation)
{
    beginResetModel();
    m_moment = moment;
    m_explanation = std::move(explanation);
    endResetModel();
}

double TermModel::ratio(const QModelIndex& index) const
{
    const double largest = std::abs(m_explanation->terms.front().value), value = term(index).value;
    if (!std::isfinite(largest) || largest == 0)
        return value == 0 ? 0 : 1;
    return value / largest;
}

QString TermModel::title(const QModelIndex& index) const
{
    const Term& shown = term(index);
    return shown.upstream ? cellName(m_moment.evaluation(), *shown.upstream) : tr("root of the pass");
}

QString TermModel::details(const QModelIndex& index) const
{
    const Term& shown = term(index);
    if (!shown.upstream)
        return tr("where the pass began, with %1").arg(shortNumber(shown.gradient));
    return tr("∂L/∂%1 %2 × local %3")
        .arg(placeName(m_moment.evaluation(), shown.upstream->place), shortNumber(shown.gradient), shortNumber(shown.derivative));
}

QString TermModel::value(const QModelIndex& index) const
{
    return shortNumber(term(index).value);
}

int TermModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_explanation ? 0 : int(m_explanation->terms.size());
}

QVariant TermModel::data(const QModelIndex& index, int role) const
{
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return tr("%1: %2 = %3").arg(title(index), details(index), value(index));
    return {};
}

TermList::TermList(TermModel& model, QWidget* parent) : QListView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new TermDelegate(model, this));
    setFrameShape(QFrame::NoFrame);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setUniformItemSizes(true);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    viewport()->setCursor(Qt::PointingHandCursor);
    connect(&model, &QAbstractItemModel::modelReset, this, [this] { updateGeometry(); });
    connect(this, &QListView::clicked, this, &TermList::opened);
    connect(&Appearance::instance(), &Appearance::changed, viewport(), qOverload<>(&QWidget::update));
}

QSize TermList::sizeHint() const
{
    return {200, std::min(m_model.rowCount(), mostRows) * rowHeight};
}

void TermList::keyPressEvent(QKeyEvent* event)
{
    const bool isOpen = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space;
    if (!isOpen || !currentIndex().isValid())
        return QListView::keyPressEvent(event);
    Q_EMIT opened(currentIndex());
}

}  // namespace chainrule
