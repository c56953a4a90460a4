// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"

#include <QAbstractListModel>
#include <QListView>

#include <vector>

namespace chainrule {

/// What has reached a tensor in the pass that is shown, as far as it has come, and before that in the passes whose
/// gradients `.grad` still holds: one contribution a row, in PyTorch's order. Those of later steps are not there.
class ContributionModel : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;

    void show(const Moment& moment, std::optional<OutputId> output);

    const BackwardEvent& event(const QModelIndex& index) const;
    /// Its number in the run.
    std::size_t eventNumber(const QModelIndex& index) const { return m_events[std::size_t(index.row())]; }
    /// How many rows, the last ones, are of the pass that is shown.
    int ofThisPass() const { return m_ofThisPass; }
    bool isOfThisPass(const QModelIndex& index) const { return index.row() >= int(m_events.size()) - m_ofThisPass; }
    /// The row of the step that is shown; -1 where another tensor is reached in it.
    int activeRow() const;
    /// "g  sigmoid"; "from g  sigmoid"; "input 0 · pass 1".
    QString sender(const QModelIndex& index) const;
    QString title(const QModelIndex& index) const;
    QString details(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    Moment m_moment;
    std::vector<std::uint32_t> m_events;
    int m_ofThisPass = 0;
};

/// A ContributionModel as cards: who sent it, and what.
class ContributionList : public QListView {
    Q_OBJECT
public:
    ContributionList(ContributionModel& model, QWidget* parent);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

private:
    ContributionModel& m_model;
};

}  // namespace chainrule
