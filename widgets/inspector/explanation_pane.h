// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/latest_job.h"
#include "widgets/inspector/term_list.h"

#include <QWidget>

#include <vector>

namespace chainrule {

class Label;

/// One number of a gradient and every term that made it; each leads to its own cell, and so on to the loss. Remembers the
/// way that has been gone. Empty until a cell is asked for.
class ExplanationPane : public QWidget {
    Q_OBJECT
public:
    explicit ExplanationPane(QWidget* parent);

    /// Another moment, or another tensor in view: the way is kept if it ends there.
    void show(const Moment& moment, OutputId output);
    void clear();
    /// Whether keys go to the terms then, or stay where they are.
    enum class Focus { Take, Leave };
    /// Begins a way at a cell.
    void explain(const GradientCell& cell, Focus focus);
    const std::vector<GradientCell>& way() const { return m_way; }

Q_SIGNALS:
    /// The way leads to another tensor.
    void outputRequested(chainrule::OutputId output);

private:
    void go(const GradientCell& cell);
    void goBack(std::size_t steps);
    void showEnd(Focus focus);
    void showWay();
    void request();
    void showTerms(const Result<Explanation>& explanation);
    DType dtypeOf(const Explanation& explanation) const;
    QString sumText(const Explanation& explanation) const;

    Moment m_moment;
    OutputId m_output = {};
    std::vector<GradientCell> m_way;
    TermModel m_model;
    QWidget* m_crumbs;
    Label* m_number;
    TermList* m_list;
    Label* m_sum;
    bool m_takesFocus = false;
    LatestJob m_job;
};

}  // namespace chainrule
