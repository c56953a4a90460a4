// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/grad_graph.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace chainrule {

/// "12 B", "3.4 kB": of 1000 bytes each.
QString bytesText(std::int64_t bytes);
/// What became of saved tensors, in a word.
QString stateText(SavedState state);

/// The tensors that some grad_fns saved, one a row, at a moment.
class SavedModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { GradFn, Name, DTypeName, Size, Bytes, State, MemoryOf, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    /// Of these nodes; nullptr: nothing.
    void show(std::shared_ptr<const GradGraph> graph, const std::vector<std::uint32_t>& nodes);
    void show(const Moment& moment);
    /// Of which grad_fn a row is.
    std::uint32_t nodeOf(int row) const { return m_rows[std::size_t(row)].node; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row {
        std::uint32_t node;
        std::uint32_t saved;
    };
    QString text(const Row& row, int column) const;
    QString tip(const Row& row) const;

    std::shared_ptr<const GradGraph> m_graph;
    std::vector<Row> m_rows;
    Moment m_moment;
};

}  // namespace chainrule
