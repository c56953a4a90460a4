// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/document.h"
#include "widgets/canvas/graph_view.h"

namespace chainrule {

/// The commands that change nodes as such: clipboard, deleting, muting, automatic layout; and those that select.
class EditCommands : public QObject {
    Q_OBJECT
public:
    EditCommands(OpenDocument& document, GraphView& view, Commands& commands, QObject* parent);

Q_SIGNALS:
    /// One sentence for the status line.
    void hinted(const QString& text);

private:
    void copy() const;
    void paste();
    void duplicate();
    void remove(const QString& title);
    void removeAndReconnect();
    void toggleMute();
    void layOut(std::vector<NodeId> nodes);
    void selectAlong(bool isUpstream);
    /// Makes the edit and selects the nodes that it added.
    void add(const Several& edit);
    QPointF pastePosition(const QString& text);

    OpenDocument& m_document;
    GraphView& m_view;
    QString m_pasted;         // What was pasted last, where, and how often:
    QPointF m_pastePosition;  // pasting it there again sets it off.
    int m_pasteCount = 0;
};

/// The edit that takes nodes out and links what they were linked to: consumers get what their first connected input had.
Several removedAndReconnected(const Graph& graph, std::span<const NodeId> nodes);

}  // namespace chainrule
