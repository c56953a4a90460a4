// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/search_field.h"

#include "app/background_work.h"
#include "widgets/theme/appearance.h"

#include <QKeyEvent>
#include <QListWidget>
#include <QMenu>

namespace chainrule {
namespace {

constexpr std::size_t mostNodes = 50;
constexpr qsizetype mostCommands = 12;
constexpr int nodeRole = Qt::UserRole;
constexpr int commandRole = Qt::UserRole + 1;
constexpr int wordRole = Qt::UserRole + 2;

}  // namespace

SearchField::SearchField(const OpenDocument& document, const Playback& playback, const Commands& commands,
                         QWidget* parent)
    : QLineEdit(parent), m_document(document), m_playback(playback), m_commands(commands),
      m_list(new QListWidget(this))
{
    setPlaceholderText(tr("Find node or command   Ctrl+F"));
    setAccessibleName(tr("Find node or command"));
    setFocusPolicy(Qt::ClickFocus);
    addAction(chainrule::icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    setClearButtonEnabled(true);
    m_list->setWindowFlags(Qt::ToolTip);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setFocusProxy(this);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("What was found"));
    m_list->hide();
    connect(m_list, &QListWidget::itemClicked, this, &SearchField::choose);
    connect(this, &QLineEdit::textEdited, this, &SearchField::search);
}

void SearchField::start()
{
    setFocus(Qt::ShortcutFocusReason);
    selectAll();
    search();
}

void SearchField::search()
{
    const int query = ++m_query;
    const QString words = text().trimmed();
    const auto work = [diagram = m_document.diagram(), moment = m_playback.moment(), words] {
        return words.isEmpty() ? std::vector<Found>() : foundNodes(diagram, moment, words, mostNodes);
    };
    inBackground(this, work, [this, query, words](const std::vector<Found>& nodes) {
        if (query != m_query || !hasFocus())
            return;
        m_listed = query;
        list(words, nodes);
        if (std::exchange(m_choosesWhenListed, false))
            choose(m_list->currentItem());
    });
}

void SearchField::list(const QString& query, const std::vector<Found>& nodes)
{
    m_list->clear();
    for (const Found& found : nodes) {
        auto* const item = new QListWidgetItem(found.name + QStringLiteral("   ") + found.detail, m_list);
        item->setData(nodeRole, found.node.value);
    }
    for (const QString& words : stateWords())
        if (words.contains(query, Qt::CaseInsensitive) && words != query.toLower())
            (new QListWidgetItem(tr("Nodes: %1").arg(words), m_list))->setData(wordRole, words);
    if (!query.isEmpty())
        listCommands(query);
    m_list->setVisible(m_list->count() > 0);
    if (m_list->count() == 0)
        return;
    m_list->setCurrentRow(0);
    const int rows = std::min(m_list->count(), 12);
    m_list->setFixedSize(std::max(width(), 360), rows * m_list->sizeHintForRow(0) + 2 * m_list->frameWidth() + 4);
    m_list->move(mapToGlobal(QPoint(width() - m_list->width(), height() + metrics::step)));
    m_list->raise();
}

void SearchField::listCommands(const QString& query)
{
    qsizetype listed = 0;
    for (const Command& command : allCommands()) {
        const QAction* const action = m_commands.action(command.id);
        const bool isOffered = action->isEnabled() && !action->menu() && listed < mostCommands;
        if (!isOffered || !plainText(command).contains(query, Qt::CaseInsensitive))
            continue;
        const QString keys = action->shortcut().toString(QKeySequence::NativeText);
        auto* const item = new QListWidgetItem(
            action->icon(), plainText(command) + (keys.isEmpty() ? QString() : QStringLiteral("   ") + keys), m_list);
        item->setToolTip(action->toolTip());
        item->setData(commandRole, int(command.id));
        ++listed;
    }
}

void SearchField::choose(const QListWidgetItem* item)
{
    if (!item)
        return;
    const QVariant node = item->data(nodeRole);
    const QVariant command = item->data(commandRole);
    if (const QVariant words = item->data(wordRole); words.isValid()) {
        setText(words.toString());
        return search();
    }
    leave();
    if (node.isValid())
        Q_EMIT nodeChosen({node.toUInt()});
    else
        m_commands.action(CommandId(command.toInt()))->trigger();
}

void SearchField::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Escape: return leave();
    case Qt::Key_Down: return move(1);
    case Qt::Key_Up: return move(-1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        m_choosesWhenListed = m_listed != m_query;  // The list is still of what was typed before.
        return choose(m_choosesWhenListed || !m_list->isVisible() ? nullptr : m_list->currentItem());
    default: QLineEdit::keyPressEvent(event);
    }
}

void SearchField::move(int by)
{
    if (m_list->count() > 0)
        m_list->setCurrentRow((m_list->currentRow() + by + m_list->count()) % m_list->count());
}

void SearchField::focusOutEvent(QFocusEvent* event)
{
    QLineEdit::focusOutEvent(event);
    m_list->hide();
}

void SearchField::leave()
{
    ++m_query;
    m_choosesWhenListed = false;
    m_list->hide();
    clear();
    Q_EMIT left();
}

}  // namespace chainrule
