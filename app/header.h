// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"
#include "app/search_field.h"

#include <QToolBar>

class QLabel;

namespace chainrule {

/// The bar at the top: which document, the few commands that are used all the time, and the search.
class Header : public QToolBar {
    Q_OBJECT
public:
    Header(const Commands& commands, SearchField* search, QWidget* parent);

    void setDocument(const QString& title, bool isModified);

private:
    enum class Look { Plain, Primary };
    QWidget* button(QAction* action, const QString& text, Look look);
    void dress();

    QLabel* m_product;
    QLabel* m_document;
};

}  // namespace chainrule
