// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/delta.h"
#include "engine/graph/edit.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/inspector/check_state.h"
#include "widgets/inspector/explanation_pane.h"

#include <QWidget>

#include <cstdint>
#include <memory>

namespace chainrule {

struct Summary;

/// The contents of the inspector: header and tabs of one node; empty where the diagram has no such node.
class NodePane : public QWidget {
    Q_OBJECT
public:
    enum class Tab { ValueTable, Distributions, GradientFlow, AttributeForm, PyTorchCode };

    explicit NodePane(QWidget* parent = nullptr);
    ~NodePane() override;

    void setNode(NodeId node);  ///< 0: nothing is selected.
    void showTab(Tab tab);
    /// Shows how one number of this node's gradient came to be, by its row-major index.
    void explain(OutputId output, std::int64_t element, ExplanationPane::Focus focus);
    void offerWaysOut(const QStringList& titles);
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
    /// To show another output instead, and to select its node.
    void outputRequested(chainrule::OutputId output);

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Parts;

    void connectParts();
    void scrollToExplanation();
    void goTo(OutputId output);
    void refresh();
    void refreshTab();
    void refreshValues();
    void refreshGradient();
    void refreshDistribution();
    void requestSummaries();
    void showSummaries(const std::vector<Summary>& summaries);

    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
