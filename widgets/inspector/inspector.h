// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/delta.h"
#include "engine/graph/edit.h"
#include "widgets/canvas/graph_view.h"

#include <QWidget>

#include <memory>

namespace chainrule {

struct Summary;

/// Everything about one node: its attributes in a form, value and gradient as table and literal, their
/// distribution, the states of autograd, and its line of PyTorch. Follows what it is told to show; asks for edits.
class Inspector : public QWidget {
    Q_OBJECT
public:
    enum class Tab { ValueTable, Distributions, GradientFlow, AttributeForm, PyTorchCode };

    explicit Inspector(QWidget* parent = nullptr);
    ~Inspector() override;

    void setNode(NodeId node);  ///< 0: nothing is selected.
    NodeId node() const;
    void showTab(Tab tab);
    /// Where the document lies: a file that is chosen is named from there. Empty: by its whole path.
    void setFolder(const QString& folder);

public Q_SLOTS:
    void showDiagram(const chainrule::Diagram& now, const chainrule::Delta& delta);
    void showMoment(const chainrule::Moment& moment);

Q_SIGNALS:
    void editRequested(const chainrule::Edit& edit, int gesture);
    void saveRequested(chainrule::OutputId output, chainrule::Which which);
    void dragRequested(chainrule::OutputId output, chainrule::Which which);
    /// One sentence for the status line.
    void hinted(const QString& text);

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Parts;

    void connectParts();
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
