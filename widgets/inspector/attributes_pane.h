// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "widgets/inspector/attribute_field.h"

#include <QWidget>

#include <memory>
#include <vector>

class QToolButton;

namespace chainrule {

class Label;

/// A node's attributes, inputs and marks as a form. It is made from the op's parameters and knows no op.
class AttributesPane : public QWidget {
    Q_OBJECT
public:
    explicit AttributesPane(QWidget* parent);
    ~AttributesPane() override;

    /// Precondition: the node is there.
    void show(const Graph& graph, NodeId node);
    void setFolder(const QString& folder);
    /// Forgets the node, and what was typed for it.
    void clear();
    /// Hands on what has been typed but not yet been asked for. Precondition: the node is there.
    void finish();

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit);

private:
    class Parts;
    struct Row {
        AttributeField* field;
        QToolButton* reset;
    };

    void build(const Graph& graph);
    void addField(const Parameter& parameter, int row);
    void addStrangers(const Node& node);
    QToolButton* addReset(const QString& attribute, int row);
    void connectMarks();
    void finishComment();
    void showMarks(const Node& node);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
