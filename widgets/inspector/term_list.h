// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/explanation.h"

#include <QAbstractListModel>
#include <QListView>

#include <memory>

namespace chainrule {

/// The terms that a number of a gradient is made of, the largest first.
class TermModel : public QAbstractListModel {
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;

    void show(const Moment& moment, std::shared_ptr<const Explanation> explanation);
    const Term& term(const QModelIndex& index) const { return m_explanation->terms[std::size_t(index.row())]; }
    /// Of the largest magnitude, with its sign: -1 … 1.
    double ratio(const QModelIndex& index) const;
    /// "g[1, 0]"; where the pass began "root of the pass".
    QString title(const QModelIndex& index) const;
    /// "∂L/∂g .3685 × ∂g/∂z .1388".
    QString details(const QModelIndex& index) const;
    QString value(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    Moment m_moment;
    std::shared_ptr<const Explanation> m_explanation;
};

/// A TermModel as rows with bars; each leads to the cell that it came from.
class TermList : public QListView {
    Q_OBJECT
public:
    TermList(TermModel& model, QWidget* parent);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    /// By click, Enter or Space.
    void opened(const QModelIndex& index);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    TermModel& m_model;
};

/// What the gradient at a place is called: "g", "m.values", "MulBackward0" where no node stands for it.
QString placeName(const Evaluation& evaluation, Place place);
/// With the element: "g[1, 0]".
QString cellName(const Evaluation& evaluation, const GradientCell& cell);

}  // namespace chainrule
