// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/palette/op_search.h"

#include "widgets/palette/op_list.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

constexpr QSize wanted(460, 340);
constexpr int rowsOfPage = 8;

bool isOurs(int key)
{
    constexpr int keys[] = {Qt::Key_Escape, Qt::Key_Return, Qt::Key_Enter, Qt::Key_Tab, Qt::Key_Backtab,
                            Qt::Key_Down, Qt::Key_Up, Qt::Key_PageDown, Qt::Key_PageUp};
    return std::ranges::find(keys, key) != std::end(keys);
}

}  // namespace

class OpSearch::Parts {
public:
    Parts(std::function<bool(const Op&)> acceptance, QWidget* parent)
        : accept(std::move(acceptance)), field(new QLineEdit(parent)), note(new Label(Label::Role::Secondary, parent)),
          list(new OpListView(model, OpListView::Summary::Shown, parent))
    {
    }

    std::function<bool(const Op&)> accept;
    OpModel model;
    QLineEdit* field;
    Label* note;
    OpListView* list;
    bool isClosed = false;
};

OpSearch::OpSearch(std::function<bool(const Op&)> accept, QWidget* parent)
    : QFrame(parent), m_parts(std::make_unique<Parts>(std::move(accept), this))
{
    setObjectName(QStringLiteral("opSearch"));
    setAccessibleName(tr("Add a node"));
    QLineEdit& field = *m_parts->field;
    field.setObjectName(QStringLiteral("opSearchField"));
    field.setAccessibleName(tr("Search operations"));
    field.setPlaceholderText(tr("Add a node: name, symbol or what it does"));
    field.addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    field.installEventFilter(this);
    OpListView& list = *m_parts->list;
    list.setObjectName(QStringLiteral("opSearchList"));
    list.setAccessibleName(tr("Operations found"));
    list.setFocusPolicy(Qt::NoFocus);  // Keys stay with the field.
    list.setEmptyText(tr("Nothing that fits here is called so or does that."));

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(&field);
    m_parts->note->setObjectName(QStringLiteral("opSearchNote"));
    m_parts->note->setWordWrap(true);
    layout->addWidget(m_parts->note);
    layout->addWidget(&list);
    connect(&field, &QLineEdit::textChanged, this, &OpSearch::search);
    connect(&list, &QListView::clicked, this, &OpSearch::choose);
    search({});
}

OpSearch::~OpSearch() = default;

void OpSearch::openAt(QPoint position)
{
    const QSize room = parentWidget()->size();
    resize(wanted.boundedTo(room));
    move(std::clamp(position.x(), 0, room.width() - width()), std::clamp(position.y(), 0, room.height() - height()));
    show();
    raise();
    m_parts->field->setFocus(Qt::PopupFocusReason);
    qApp->installEventFilter(this);  // For the click elsewhere.
}

void OpSearch::search(const QString& query)
{
    std::vector<const Op*> ops = rankedOps(query, m_parts->accept);
    if (query.isEmpty())
        std::ranges::stable_sort(ops, std::greater(), [](const Op* op) { return useCount(*op); });
    std::vector<OpModel::Row> rows;
    for (const Op* const op : ops)
        rows.push_back({op->category, op});
    m_parts->model.show(std::move(rows));
    m_parts->note->setText(inPlaceNote(query));
    m_parts->note->setVisible(!m_parts->note->text().isEmpty());
    m_parts->list->setCurrentIndex(m_parts->model.first());
}

void OpSearch::choose(const QModelIndex& index)
{
    const Op* const op = m_parts->model.op(index);
    if (!op)
        return;
    countUse(*op);
    close();
    Q_EMIT chosen(QString::fromUtf8(op->name.data(), qsizetype(op->name.size())));
}

void OpSearch::close()
{
    if (std::exchange(m_parts->isClosed, true))
        return;
    qApp->removeEventFilter(this);
    if (isAncestorOf(QApplication::focusWidget()))
        parentWidget()->setFocus(Qt::PopupFocusReason);
    hide();
    deleteLater();
}

void OpSearch::handleKey(int key)
{
    OpListView& list = *m_parts->list;
    switch (key) {
    case Qt::Key_Escape: return close();
    case Qt::Key_Down:
    case Qt::Key_Tab: return list.moveBy(1);
    case Qt::Key_Up:
    case Qt::Key_Backtab: return list.moveBy(-1);
    case Qt::Key_PageDown: return list.moveBy(rowsOfPage);
    case Qt::Key_PageUp: return list.moveBy(-rowsOfPage);
    default: return choose(list.currentIndex());
    }
}

bool OpSearch::handleField(QEvent* event)
{
    const auto* const key = event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride
                                ? static_cast<QKeyEvent*>(event)
                                : nullptr;
    if (key && isOurs(key->key())) {
        event->accept();  // And no command of the window.
        if (event->type() == QEvent::KeyPress)
            handleKey(key->key());
        return true;
    }
    if (event->type() != QEvent::FocusOut)
        return false;
    const Qt::FocusReason reason = static_cast<QFocusEvent*>(event)->reason();
    if (reason != Qt::PopupFocusReason && reason != Qt::ActiveWindowFocusReason)
        close();
    return false;
}

bool OpSearch::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_parts->field)
        return handleField(event);
    if (event->type() != QEvent::MouseButtonPress)
        return false;
    const auto* const widget = qobject_cast<QWidget*>(watched);
    if (widget && widget != this && !isAncestorOf(widget) && widget->window() == window())
        close();
    return false;
}

void OpSearch::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.nodeLine);
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics::nodeRadius, metrics::nodeRadius);
}

}  // namespace chainrule
