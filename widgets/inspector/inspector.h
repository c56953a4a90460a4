// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/node_pane.h"

namespace chainrule {

/// Everything about one node: its attributes in a form, value and gradient as table and literal, their
/// distribution, the states of autograd, and its line of PyTorch. Follows what it is told to show; asks for edits.
/// Made when the first node is to be shown, so that the window opens sooner.
class Inspector : public QWidget {
    Q_OBJECT
public:
    using Tab = NodePane::Tab;

    explicit Inspector(QWidget* parent = nullptr);
    ~Inspector() override;

    void setNode(NodeId node);  ///< 0: nothing is selected.
    NodeId node() const { return m_node; }
    void showTab(Tab tab);
    /// Shows how one number of the node's gradient came to be, by its row-major index.
    void explain(OutputId output, std::int64_t element, ExplanationPane::Focus focus);
    /// Offers edits that mend the node's error, by their titles.
    void offerWaysOut(const QStringList& titles);
    /// Where the document lies: a file that is chosen is named from there. Empty: by its whole path.
    void setFolder(const QString& folder);

    /// How gradients fare against central differences.
    void showCheck(const CheckState& state);

public Q_SLOTS:
    void showDiagram(const chainrule::Diagram& now, const chainrule::Delta& delta);
    void showMoment(const chainrule::Moment& moment);

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit, int gesture);
    void saveRequested(chainrule::OutputId output, chainrule::Which which);
    void dragRequested(chainrule::OutputId output, chainrule::Which which);
    void wayOutChosen(int index);
    /// That gradients be checked although that takes long, or no longer.
    void checkRequested();
    void checkCancelRequested();
    /// One sentence for the status line.
    void hinted(const QString& text);
    /// To select this output's node, which the inspector then shows.
    void outputRequested(chainrule::OutputId output);

private:
    NodePane& pane();
    void refresh();

    Diagram m_diagram;
    Moment m_moment;
    NodeId m_node = {};
    CheckState m_check;
    QString m_folder;
    QStringList m_waysOut;
    QWidget* m_nothing;
    NodePane* m_pane = nullptr;
};

}  // namespace chainrule
