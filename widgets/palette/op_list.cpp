// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/palette/op_list.h"

#include "widgets/palette/op_ranking.h"
#include "widgets/theme/appearance.h"

#include <QDrag>
#include <QMimeData>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace chainrule {
namespace {

constexpr int opHeight = 24;
constexpr int headingHeight = 32;
constexpr int indent = 12;
constexpr int barWidth = 3;
constexpr int nameWidth = 128;  // Beside a summary; a longer name takes what it needs.

QString text(std::string_view latin)
{
    return QString::fromUtf8(latin.data(), qsizetype(latin.size()));
}

void drawBar(QPainter& painter, const QColor& colour, qreal x, qreal middle, qreal height)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(x, middle - height / 2, barWidth, height), 1.5, 1.5);
}

class OpDelegate : public QStyledItemDelegate {
public:
    OpDelegate(const OpModel& model, OpListView::Summary summary, QObject* parent)
        : QStyledItemDelegate(parent), m_model(model), m_summary(summary)
    {
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const OpModel::Row& row = m_model[index];
        if (row.op)
            paintOp(*painter, option, *row.op);
        else
            paintHeading(*painter, option.rect, row.category);
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override
    {
        const OpModel::Row& row = m_model[index];
        if (!row.op)
            return {indent, headingHeight};
        return {indent, m_summary == OpListView::Summary::Shown ? opHeight + 4 : opHeight};
    }

private:
    void paintHeading(QPainter& painter, const QRect& rect, Category category) const
    {
        const Theme& theme = Appearance::instance().theme();
        const QRect line = rect.adjusted(indent, headingHeight - opHeight, 0, 0);
        drawBar(painter, theme.category(category), line.left(), QRectF(line).center().y(), 11);
        painter.setPen(theme.text);
        painter.setFont(fonts::text(13, QFont::DemiBold));
        painter.drawText(line.adjusted(barWidth + 9, 0, 0, 0), Qt::AlignVCenter, text(name(category)));
    }

    void paintOp(QPainter& painter, const QStyleOptionViewItem& option, const Op& op) const
    {
        const Theme& theme = Appearance::instance().theme();
        const bool isSelected = option.state & QStyle::State_Selected;
        if (isSelected || (option.state & QStyle::State_MouseOver)) {
            QColor ground = isSelected ? theme.selection : theme.text;
            ground.setAlphaF(isSelected ? 0.18f : 0.06f);
            painter.setPen(isSelected && (option.state & QStyle::State_HasFocus) ? QPen(theme.selection) : Qt::NoPen);
            painter.setBrush(ground);
            painter.drawRoundedRect(QRectF(option.rect).adjusted(4.5, 0.5, -4.5, -0.5), 5, 5);
        }
        const bool isBelowHeading = m_model.hasHeadings();
        QRect line = option.rect.adjusted(indent, 0, -indent, 0);
        drawBar(painter, theme.category(op.category), line.left(), QRectF(line).center().y(),
                isBelowHeading ? 0 : 11);
        line.setLeft(line.left() + barWidth + 9);
        const auto draw = [&](const QFont& font, const QColor& colour, const QString& what) {
            painter.setFont(font);
            painter.setPen(colour);
            const QString shown = painter.fontMetrics().elidedText(what, Qt::ElideRight, std::max(0, line.width()));
            painter.drawText(line, Qt::AlignVCenter, shown);
            return painter.fontMetrics().horizontalAdvance(shown);
        };
        const bool isQuiet = isBelowHeading && !isSelected;
        const int used = draw(fonts::text(13), isQuiet ? theme.secondary : theme.text, text(op.name));
        line.setLeft(line.left() + used + 8);
        const int symbol = draw(fonts::numbers(12), theme.secondary, text(op.symbol));
        if (m_summary == OpListView::Summary::Hidden)
            return;
        line.setLeft(line.left() + std::max(symbol + 8, nameWidth - used));
        draw(fonts::text(12), theme.secondary, text(op.summary));
    }

    const OpModel& m_model;
    const OpListView::Summary m_summary;
};

/// What hangs at the mouse while an op is dragged.
QPixmap chip(const Op& op, qreal ratio)
{
    const Theme& theme = Appearance::instance().theme();
    const QFont font = fonts::text(13, QFont::DemiBold);
    const QSize size(QFontMetrics(font).horizontalAdvance(text(op.name)) + 32, 28);
    QPixmap pixmap(size * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.nodeLine);
    painter.setBrush(theme.node);
    painter.drawRoundedRect(QRectF(QPointF(), size).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7);
    drawBar(painter, theme.category(op.category), 6, 14, 16);
    painter.setFont(font);
    painter.setPen(theme.text);
    painter.drawText(QRect(QPoint(16, 0), size), Qt::AlignVCenter, text(op.name));
    return pixmap;
}

}  // namespace

void OpModel::show(std::vector<Row> rows)
{
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

QModelIndex OpModel::first() const
{
    const auto found = std::ranges::find_if(m_rows, [](const Row& row) { return row.op; });
    return found == m_rows.end() ? QModelIndex() : index(int(found - m_rows.begin()));
}

int OpModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant OpModel::data(const QModelIndex& index, int role) const
{
    const auto& [category, op] = (*this)[index];
    switch (role) {
    case Qt::DisplayRole: return text(op ? op->name : name(category));
    case Qt::ToolTipRole: return op ? opTooltip(*op) : QVariant();
    case Qt::AccessibleDescriptionRole:
        return op ? tr("%1. %2").arg(text(name(category)), text(op->summary)) : QVariant();
    default: return {};
    }
}

Qt::ItemFlags OpModel::flags(const QModelIndex& index) const
{
    if (!op(index))
        return Qt::NoItemFlags;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

QStringList OpModel::mimeTypes() const
{
    return {QLatin1String(opMimeType)};
}

QMimeData* OpModel::mimeData(const QModelIndexList& indexes) const
{
    if (indexes.isEmpty() || !op(indexes.front()))
        return nullptr;
    auto* const data = new QMimeData;
    data->setData(QLatin1String(opMimeType), text(op(indexes.front())->name).toUtf8());
    return data;
}

std::vector<OpModel::Row> opsByCategory(const std::vector<const Op*>& ops)
{
    std::vector<OpModel::Row> rows;
    std::vector<Category> categories;
    for (const Op* const op : ops)
        if (std::ranges::find(categories, op->category) == categories.end())
            categories.push_back(op->category);
    for (const Category category : categories) {
        rows.push_back({category});
        for (const Op* const op : ops)
            if (op->category == category)
                rows.push_back({category, op});
    }
    return rows;
}

OpListView::OpListView(OpModel& model, Summary summary, QWidget* parent) : QListView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new OpDelegate(model, summary, this));
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    connect(&Appearance::instance(), &Appearance::changed, viewport(), qOverload<>(&QWidget::update));
}

void OpListView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void OpListView::moveBy(int by)
{
    const int step = by < 0 ? -1 : 1;
    QModelIndex reached = currentIndex();
    for (int row = reached.isValid() ? reached.row() + step : 0; by != 0; row += step) {
        const QModelIndex next = m_model.index(row);
        if (!next.isValid())
            break;
        if (!m_model.op(next))
            continue;
        reached = next;
        by -= step;
    }
    if (reached.isValid())
        setCurrentIndex(reached);
}

void OpListView::paintEvent(QPaintEvent* event)
{
    QListView::paintEvent(event);
    if (m_model.rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setPen(Appearance::instance().theme().secondary);
    painter.setFont(fonts::text(12));
    painter.drawText(viewport()->rect().adjusted(indent, indent, -indent, -indent), Qt::TextWordWrap, m_emptyText);
}

void OpListView::startDrag(Qt::DropActions actions)
{
    const Op* const op = m_model.op(currentIndex());
    if (!op)
        return;
    auto* const drag = new QDrag(this);
    drag->setMimeData(m_model.mimeData({currentIndex()}));
    drag->setPixmap(chip(*op, devicePixelRatioF()));
    drag->setHotSpot({12, 14});
    if (drag->exec(actions, Qt::CopyAction) != Qt::IgnoreAction)
        countUse(*op);
}

}  // namespace chainrule
