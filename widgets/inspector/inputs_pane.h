// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "engine/ops/op.h"

#include <QWidget>

class QGridLayout;

namespace chainrule {

/// What is connected to each input of a node, to be disconnected.
class InputsPane : public QWidget {
    Q_OBJECT
public:
    explicit InputsPane(QWidget* parent);

    /// `op` may be nullptr: the catalogue does not have it.
    void show(const Graph& graph, NodeId node, const Op* op);

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit);

private:
    struct Row {
        QString parameter;
        QString help;
        QString source;  ///< Empty where it is open.
        QString open;
        Target target;

        bool operator==(const Row&) const = default;
    };
    static std::vector<Row> rowsOf(const Graph& graph, NodeId node, const Op* op);
    void add(const Row& row, int at);

    QGridLayout* m_grid;
    std::vector<Row> m_rows;
};

}  // namespace chainrule
