// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/contribution_list.h"

#include "engine/ops/op.h"
#include "widgets/inspector/preview.h"
#include "widgets/theme/appearance.h"

#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <set>

namespace chainrule {
namespace {

constexpr int padding = 8;
constexpr int gap = 6;
constexpr int mostRows = 6;  // More scroll.
constexpr int leastHeight = 50;  // Of two lines of text.

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

class CardDelegate : public QStyledItemDelegate {
public:
    CardDelegate(const ContributionModel& model, QObject* parent) : QStyledItemDelegate(parent), m_model(model) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Theme& theme = Appearance::instance().theme();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QRectF card = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -gap + 0.5);
        const bool isActive = index.row() == m_model.activeRow();
        const bool isSelected = option.state & QStyle::State_Selected;
        painter->setOpacity(m_model.isOfThisPass(index) ? 1 : 0.6);
        painter->setPen(QPen(isActive ? theme.gradient : isSelected ? theme.selection : theme.line, isActive ? 1.5 : 1));
        painter->setBrush(theme.raised);
        painter->drawRoundedRect(card, metrics::controlRadius, metrics::controlRadius);
        const QRectF inner = card.adjusted(padding, padding, -padding, -padding);
        const Preview sent(m_model.event(index).contribution);
        const QRectF words = inner.adjusted(0, 0, -sent.size().width() - padding, 0);
        draw(*painter, fonts::numbers(12), theme.text, words, m_model.sender(index));
        draw(*painter, fonts::text(11), theme.secondary, words.adjusted(0, 17, 0, 0), m_model.details(index));
        sent.paint(*painter, {inner.right() - sent.size().width(), inner.top()});
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override
    {
        const int height = int(Preview(m_model.event(index).contribution).size().height()) + 2 * padding + 1;
        return {120, std::max(leastHeight, height) + gap};
    }

private:
    static void draw(QPainter& painter, const QFont& font, const QColor& colour, const QRectF& room, const QString& text)
    {
        painter.setFont(font);
        painter.setPen(colour);
        painter.drawText(room, Qt::AlignTop | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(text, Qt::ElideRight, int(room.width())));
    }

    const ContributionModel& m_model;
};

}  // namespace

namespace {

/// The passes before `pass` whose gradients are in `.grad` at the moment, counted back from the newest.
std::set<int> passesBefore(const Moment& moment, OutputId output, int pass, int count)
{
    std::set<int> passes;
    const auto& steps = moment.run().steps;
    for (std::size_t i = steps.size(); i-- > 0 && int(passes.size()) < count;)
        if (steps[i].pass > 0 && steps[i].pass < pass
            && std::ranges::any_of(steps[i].changes, [&](const GradChange& change) { return change.output == output; }))
            passes.insert(steps[i].pass);
    return passes;
}

}  // namespace

void ContributionModel::show(const Moment& moment, std::optional<OutputId> output)
{
    beginResetModel();
    m_moment = moment;
    m_events.clear();
    m_ofThisPass = 0;
    if (output && !moment.isEmpty() && moment.position() > 0) {
        const auto& events = moment.run().events;
        const int pass = events[moment.position() - 1].pass;
        const auto [arrived, expected] = moment.contributions(*output);
        const int stored = moment.stored(*output).passes;
        const std::set<int> earlier =
            passesBefore(moment, *output, pass, stored - (arrived > 0 && arrived == expected && stored > 0 ? 1 : 0));
        for (const std::uint32_t event : moment.replay().arrivals(*output)) {
            if (event >= moment.position())
                break;
            m_ofThisPass += events[event].pass == pass;
            if (events[event].pass == pass || earlier.contains(events[event].pass))
                m_events.push_back(event);
        }
    }
    endResetModel();
}

const BackwardEvent& ContributionModel::event(const QModelIndex& index) const
{
    return m_moment.run().events[m_events[std::size_t(index.row())]];
}

int ContributionModel::activeRow() const
{
    const bool isLast = m_ofThisPass > 0 && m_moment.active() && m_events.back() + 1 == m_moment.position();
    return isLast ? int(m_events.size()) - 1 : -1;
}

QString ContributionModel::sender(const QModelIndex& index) const
{
    const BackwardEvent& step = event(index);
    if (!step.from)
        return tr("root of the pass");
    const Evaluation& evaluation = m_moment.evaluation();
    const auto owner = evaluation.owner({std::uint32_t(*step.from), 0});
    if (!owner)
        return text(gradFnName(evaluation.tape(), *step.from));
    const Node& node = evaluation.graph().at(owner->node);
    return QStringLiteral("%1  %2").arg(text(node.name), text(node.op));
}

QString ContributionModel::title(const QModelIndex& index) const
{
    return event(index).from ? tr("from %1").arg(sender(index)) : sender(index);
}

QString ContributionModel::details(const QModelIndex& index) const
{
    const BackwardEvent& step = event(index);
    if (!step.from)
        return tr("pass %1").arg(step.pass);
    return tr("input %1 · pass %2").arg(step.input).arg(step.pass);
}

int ContributionModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_events.size());
}

QVariant ContributionModel::data(const QModelIndex& index, int role) const
{
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
        return title(index) + QStringLiteral(", ") + details(index);
    return {};
}

ContributionList::ContributionList(ContributionModel& model, QWidget* parent) : QListView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new CardDelegate(model, this));
    setFrameShape(QFrame::NoFrame);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setUniformItemSizes(true);  // All have the tensor's shape.
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&model, &QAbstractItemModel::modelReset, this, [this] { updateGeometry(); });
    connect(&Appearance::instance(), &Appearance::changed, viewport(), qOverload<>(&QWidget::update));
}

QSize ContributionList::sizeHint() const
{
    const int rows = std::min(m_model.rowCount(), mostRows);
    return {200, rows == 0 ? 0 : rows * sizeHintForRow(0)};
}

}  // namespace chainrule
