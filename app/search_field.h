// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/document.h"
#include "app/find.h"
#include "app/playback.h"

#include <QLineEdit>

class QListWidget;
class QListWidgetItem;

namespace chainrule {

/// The field that finds nodes and commands: a list drops down as one types, Enter goes there or does it.
class SearchField : public QLineEdit {
    Q_OBJECT
public:
    SearchField(const OpenDocument& document, const Playback& playback, const Commands& commands, QWidget* parent);

    void start();

Q_SIGNALS:
    void nodeChosen(chainrule::NodeId node);
    /// Escape, or done: the canvas gets the focus back.
    void left();

private:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void search();
    void list(const QString& query, const std::vector<Found>& nodes);
    void listCommands(const QString& query);
    void choose(const QListWidgetItem* item);
    void move(int by);
    void leave();

    const OpenDocument& m_document;
    const Playback& m_playback;
    const Commands& m_commands;
    QListWidget* m_list;
    int m_query = 0;  // Counts, so that a late answer is known as such.
    int m_listed = 0;
    bool m_choosesWhenListed = false;
};

}  // namespace chainrule
