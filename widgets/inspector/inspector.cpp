// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/inspector.h"

#include "widgets/theme/label.h"

#include <QVBoxLayout>

namespace chainrule {

Inspector::Inspector(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Inspector"));
    auto* const nothing = new Label(Label::Role::Secondary, this);
    nothing->setText(tr("Select a node to see its values, gradients and attributes."));
    nothing->setWordWrap(true);
    nothing->setMargin(16);
    nothing->setAlignment(Qt::AlignTop);
    m_nothing = nothing;
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_nothing);
}

Inspector::~Inspector()
{
    if (m_pane)
        m_pane->disconnect(this);  // A field that loses the focus while it is destroyed would hand on what was typed.
}

NodePane& Inspector::pane()
{
    if (m_pane)
        return *m_pane;
    m_pane = new NodePane(this);
    m_pane->hide();
    layout()->addWidget(m_pane);
    connect(m_pane, &NodePane::editRequested, this, &Inspector::editRequested);
    connect(m_pane, &NodePane::saveRequested, this, &Inspector::saveRequested);
    connect(m_pane, &NodePane::dragRequested, this, &Inspector::dragRequested);
    connect(m_pane, &NodePane::wayOutChosen, this, &Inspector::wayOutChosen);
    connect(m_pane, &NodePane::checkRequested, this, &Inspector::checkRequested);
    connect(m_pane, &NodePane::checkCancelRequested, this, &Inspector::checkCancelRequested);
    connect(m_pane, &NodePane::hinted, this, &Inspector::hinted);
    connect(m_pane, &NodePane::outputRequested, this, &Inspector::outputRequested);
    m_pane->setFolder(m_folder);
    m_pane->showDiagram(m_diagram, {});
    m_pane->showMoment(m_moment);
    m_pane->showCheck(m_check);
    m_pane->setNode(m_node);
    m_pane->offerWaysOut(m_waysOut);
    return *m_pane;
}

void Inspector::setNode(NodeId node)
{
    if (node == m_node)
        return;
    m_node = node;
    if (m_pane)
        m_pane->setNode(node);
    refresh();
}

void Inspector::showTab(Tab tab)
{
    pane().showTab(tab);
}

void Inspector::explain(OutputId output, std::int64_t element, ExplanationPane::Focus focus)
{
    if (output.node == m_node)
        pane().explain(output, element, focus);
}

void Inspector::offerWaysOut(const QStringList& titles)
{
    m_waysOut = titles;
    if (m_pane)
        m_pane->offerWaysOut(titles);
}

void Inspector::setFolder(const QString& folder)
{
    m_folder = folder;
    if (m_pane)
        m_pane->setFolder(folder);
}

void Inspector::showDiagram(const Diagram& now, const Delta& delta)
{
    m_diagram = now;
    if (m_pane)
        m_pane->showDiagram(now, delta);
    refresh();
}

void Inspector::showMoment(const Moment& moment)
{
    m_moment = moment;
    if (m_pane)
        m_pane->showMoment(moment);
}

void Inspector::showCheck(const CheckState& state)
{
    m_check = state;
    if (m_pane)
        m_pane->showCheck(state);
}

void Inspector::refresh()
{
    const bool isThere = m_diagram.graph.contains(m_node);
    m_nothing->setVisible(!isThere);
    if (isThere)
        pane().show();
    else if (m_pane)
        m_pane->hide();
}

}  // namespace chainrule
