// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/delta.h"
#include "widgets/canvas/graph_view.h"

#include <QAccessibleWidget>

#include <unordered_map>

namespace chainrule {

/// The canvas as assistive technology sees it: a list with an item for each node, in the document's order,
/// and then the widgets that stand on it. Items are made when somebody asks for them.
class GraphViewAccessible final : public QAccessibleWidget {
public:
    explicit GraphViewAccessible(GraphView& view);
    ~GraphViewAccessible() override;

    int childCount() const override;
    QAccessibleInterface* child(int index) const override;
    int indexOfChild(const QAccessibleInterface* child) const override;
    QAccessibleInterface* childAt(int x, int y) const override;
    QAccessibleInterface* focusChild() const override;
    QString text(QAccessible::Text kind) const override;

    QAccessibleInterface* item(NodeId node) const;
    /// Forgets items whose nodes are gone, and says what is new, as far as somebody listens.
    void announce(const Delta& delta);

private:
    GraphView& view() const;
    const Graph& graph() const { return view().scene().diagram().graph; }

    mutable std::unordered_map<NodeId, QAccessible::Id> m_items;
};

/// Once for the program, before the first view.
void installGraphViewAccessible();
/// Cheap where nobody listens.
void announce(GraphView& view, const Delta& delta);
void announceCurrent(GraphView& view);
/// The current node says something else: it has been computed.
void announceDescription(GraphView& view);

}  // namespace chainrule
