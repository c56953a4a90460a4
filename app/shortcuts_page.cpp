// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shortcuts_page.h"

#include "app/commands.h"
#include "widgets/theme/appearance.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace chainrule {
namespace {

QTreeWidgetItem* group(QTreeWidget* tree, const QString& title)
{
    auto* const item = new QTreeWidgetItem(tree, {title});
    item->setFirstColumnSpanned(true);
    item->setFont(0, fonts::text(13, QFont::DemiBold));
    item->setFlags(Qt::ItemIsEnabled);
    return item;
}

QString keysText(const Command& command)
{
    QStringList keys;
    for (const QKeySequence& sequence : keysOf(command))
        keys += sequence.toString(QKeySequence::NativeText);
    return keys.join(QStringLiteral("  or  "));
}

void listCommands(QTreeWidget* tree)
{
    QTreeWidgetItem* menu = nullptr;
    const Command* previous = nullptr;
    for (const Command& command : allCommands()) {
        if (!previous || previous->menu != command.menu)
            menu = group(tree, menuTitle(command.menu).remove(QLatin1Char('&')));
        auto* const item = new QTreeWidgetItem(
            menu, {plainText(command), keysText(command), QCoreApplication::translate("Commands", command.help)});
        item->setFont(1, fonts::numbers(12));
        previous = &command;
    }
}

/// What the canvas does with the mouse; the gestures themselves are its own.
void listMouse(QTreeWidget* tree)
{
    QTreeWidgetItem* const canvas = group(tree, ShortcutsPage::tr("On the Canvas"));
    const std::pair<QString, QString> rows[] = {
        {ShortcutsPage::tr("Drag from port to port"), ShortcutsPage::tr("Links them.")},
        {ShortcutsPage::tr("Drop a link on empty canvas"), ShortcutsPage::tr("Searches for what it can go to.")},
        {ShortcutsPage::tr("Double click"), ShortcutsPage::tr("On empty canvas adds a node; on a name or value edits it.")},
        {ShortcutsPage::tr("Drag a number"), ShortcutsPage::tr("Changes it, and everything computed from it.")},
        {ShortcutsPage::tr("Drag on empty canvas"), ShortcutsPage::tr("Selects; with Shift adds, with Ctrl toggles.")},
        {ShortcutsPage::tr("Wheel"), ShortcutsPage::tr("Zooms at the mouse, or scrolls: see the View menu.")},
        {ShortcutsPage::tr("Middle button, or Space and drag"), ShortcutsPage::tr("Moves the canvas.")},
        {ShortcutsPage::tr("Escape"), ShortcutsPage::tr("Takes back what is being dragged.")},
    };
    for (const auto& [what, does] : rows)
        new QTreeWidgetItem(canvas, {what, QString(), does});
}

void filter(QTreeWidget* tree, const QString& text)
{
    for (int i = 0; i < tree->topLevelItemCount(); ++i) {
        QTreeWidgetItem* const menu = tree->topLevelItem(i);
        bool isShown = false;
        for (int k = 0; k < menu->childCount(); ++k) {
            QTreeWidgetItem* const item = menu->child(k);
            const QString line = item->text(0) + QLatin1Char(' ') + item->text(1) + QLatin1Char(' ') + item->text(2);
            item->setHidden(!line.contains(text, Qt::CaseInsensitive));
            isShown = isShown || !item->isHidden();
        }
        menu->setHidden(!isShown);
    }
}

}  // namespace

ShortcutsPage::ShortcutsPage(QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("Keyboard Shortcuts"));
    auto* const search = new QLineEdit(this);
    search->setPlaceholderText(tr("Find"));
    search->setClearButtonEnabled(true);
    auto* const tree = new QTreeWidget(this);
    tree->setHeaderHidden(true);
    tree->setColumnCount(3);
    tree->setRootIsDecorated(false);
    tree->setIndentation(metrics::step * 2);
    tree->setSelectionMode(QAbstractItemView::NoSelection);
    tree->setFrameShape(QFrame::NoFrame);
    listCommands(tree);
    listMouse(tree);
    tree->expandAll();
    tree->setItemsExpandable(false);
    tree->header()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    tree->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    auto* const column = new QVBoxLayout(this);
    column->addWidget(search);
    column->addWidget(tree);
    connect(search, &QLineEdit::textChanged, tree, [tree](const QString& text) { filter(tree, text); });
    resize(860, 640);
}

}  // namespace chainrule
