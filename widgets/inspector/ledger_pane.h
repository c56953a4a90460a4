// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/contribution_list.h"
#include "widgets/inspector/latest_job.h"

#include <QWidget>

namespace chainrule {

class Label;
class TensorPreview;

/// The contributions to one tensor and their sum: what adds up so far, whether all of it is the gradient to the last bit,
/// and what of earlier passes is in `.grad`.
class LedgerPane : public QWidget {
    Q_OBJECT
public:
    explicit LedgerPane(QWidget* parent);

    /// Without contributions it is empty. Precondition: the moment has this output.
    void show(const Moment& moment, OutputId output, const QString& name);
    void clear();
    bool isEmpty() const { return m_model.rowCount() == 0; }
    /// The contribution that is chosen, by its number in the run; absent where there is none.
    std::optional<std::size_t> chosen() const;

Q_SIGNALS:
    void chosenChanged();
    void cellPicked(std::int64_t element);

private:
    void choose();
    void showSum();
    void check();

    Moment m_moment;
    OutputId m_output = {};
    QString m_name;
    ContributionModel m_model;
    Label* m_title;
    ContributionList* m_list;
    Label* m_sumName;
    QWidget* m_sign;
    TensorPreview* m_sum;
    Label* m_storedName;
    TensorPreview* m_stored;
    LatestJob m_job;
};

/// Whether the contributions to an output in the moment's pass, added one after the other, are the gradient that has
/// flowed to it in every bit.
bool addsUp(const Moment& moment, OutputId output, const std::stop_token& stop = {});

}  // namespace chainrule
