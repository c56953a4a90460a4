// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/palette/palette.h"

#include "widgets/palette/op_list.h"
#include "widgets/palette/op_ranking.h"
#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QVBoxLayout>

namespace chainrule {

class Palette::Parts {
public:
    explicit Parts(QWidget* parent)
        : field(new QLineEdit(parent)), note(new Label(Label::Role::Secondary, parent)), list(new OpListView(model, OpListView::Summary::Hidden, parent))
    {
    }

    OpModel model;
    QLineEdit* field;
    Label* note;
    OpListView* list;
};

Palette::Palette(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    setObjectName(QStringLiteral("palette"));
    setAccessibleName(tr("Operations"));
    QLineEdit& field = *m_parts->field;
    field.setObjectName(QStringLiteral("paletteSearch"));
    field.setAccessibleName(tr("Search operations"));
    field.setPlaceholderText(tr("Search %n operations", nullptr, int(rankedOps({}).size())));
    field.setClearButtonEnabled(true);
    field.installEventFilter(this);
    OpListView& list = *m_parts->list;
    list.setObjectName(QStringLiteral("paletteList"));
    list.setAccessibleName(tr("Operations by category"));
    list.setDragEnabled(true);
    list.setEmptyText(tr("No operation is called so or does that."));

    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 12, 0, 0);
    auto* const top = new QVBoxLayout;
    top->setContentsMargins(12, 0, 12, 0);
    top->addWidget(&field);
    m_parts->note->setObjectName(QStringLiteral("paletteNote"));
    m_parts->note->setWordWrap(true);
    top->addWidget(m_parts->note);
    layout->addLayout(top);
    layout->addWidget(&list);
    connect(&field, &QLineEdit::textChanged, this, &Palette::search);
    connect(&field, &QLineEdit::returnPressed, this, [this] { request(m_parts->list->currentIndex()); });
    connect(&list, &QListView::doubleClicked, this, &Palette::request);
    list.installEventFilter(this);
    search({});
}

Palette::~Palette()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void Palette::startSearch()
{
    m_parts->field->setFocus(Qt::ShortcutFocusReason);
    m_parts->field->selectAll();
}

void Palette::search(const QString& query)
{
    const std::vector<const Op*> ops = rankedOps(query);
    m_parts->note->setText(inPlaceNote(query));
    m_parts->note->setVisible(!m_parts->note->text().isEmpty());
    if (query.trimmed().isEmpty()) {
        m_parts->model.show(opsByCategory(ops));
        return;
    }
    std::vector<OpModel::Row> rows;
    for (const Op* const op : ops)
        rows.push_back({op->category, op});
    m_parts->model.show(std::move(rows));
    m_parts->list->setCurrentIndex(m_parts->model.first());
}

void Palette::request(const QModelIndex& index)
{
    const Op* const op = m_parts->model.op(index);
    if (!op)
        return;
    countUse(*op);
    Q_EMIT opRequested(QString::fromUtf8(op->name.data(), qsizetype(op->name.size())));
}

bool Palette::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return false;
    const int key = static_cast<QKeyEvent*>(event)->key();
    const bool isEnter = key == Qt::Key_Return || key == Qt::Key_Enter;
    if (watched == m_parts->list && isEnter) {
        request(m_parts->list->currentIndex());
        return true;
    }
    if (watched == m_parts->field && key == Qt::Key_Down) {
        m_parts->list->setFocus(Qt::TabFocusReason);
        if (!m_parts->list->currentIndex().isValid())
            m_parts->list->setCurrentIndex(m_parts->model.first());
        return true;
    }
    if (watched == m_parts->field && key == Qt::Key_Escape && !m_parts->field->text().isEmpty()) {
        m_parts->field->clear();
        return true;
    }
    return false;
}

}  // namespace chainrule
