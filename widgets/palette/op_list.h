// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <QAbstractListModel>
#include <QListView>
#include <QStyledItemDelegate>

#include <vector>

namespace chainrule {

/// Operations one below the other, perhaps under the headings of their categories, which cannot be chosen.
class OpModel : public QAbstractListModel {
    Q_OBJECT
public:
    struct Row {
        Category category;
        const Op* op = nullptr;  ///< nullptr: the category's heading.
    };
    using QAbstractListModel::QAbstractListModel;

    void show(std::vector<Row> rows);
    const Row& operator[](const QModelIndex& index) const { return m_rows[std::size_t(index.row())]; }
    /// nullptr for a heading and for no index.
    const Op* op(const QModelIndex& index) const { return index.isValid() ? (*this)[index].op : nullptr; }
    /// The first that can be chosen; invalid without any.
    QModelIndex first() const;
    bool hasHeadings() const { return !m_rows.empty() && !m_rows.front().op; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;

private:
    std::vector<Row> m_rows;
};

/// The operations by category, in the order in which the catalogue has the categories first.
std::vector<OpModel::Row> opsByCategory(const std::vector<const Op*>& ops);

/// Shows an OpModel: bar in the category's colour, name, Python's operator, and with Summary::Shown what it does.
class OpListView : public QListView {
    Q_OBJECT
public:
    enum class Summary { Shown, Hidden };
    OpListView(OpModel& model, Summary summary, QWidget* parent);

    /// What stands there when there is nothing to show.
    void setEmptyText(const QString& text);
    /// Chooses the row `by` further that can be chosen, or the last one on the way.
    void moveBy(int by);

protected:
    void paintEvent(QPaintEvent* event) override;
    void startDrag(Qt::DropActions actions) override;

private:
    OpModel& m_model;
    QString m_emptyText;
};

}  // namespace chainrule
