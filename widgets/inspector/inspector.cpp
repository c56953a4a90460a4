// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/inspector.h"

#include "widgets/theme/label.h"

#include <QVBoxLayout>

namespace chainrule {

class Inspector::Parts {
public:
    Diagram diagram;
    Moment moment;
    NodeId node = {};
    Label* name = nullptr;
};

Inspector::Inspector(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>())
{
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Inspector"));
    auto* const layout = new QVBoxLayout(this);
    m_parts->name = new Label(Label::Role::Title, this);
    layout->addWidget(m_parts->name);
    layout->addStretch(1);
}

Inspector::~Inspector() = default;

NodeId Inspector::node() const
{
    return m_parts->node;
}

void Inspector::setNode(NodeId node)
{
    m_parts->node = node;
    const bool isThere = m_parts->diagram.graph.contains(node);
    m_parts->name->setText(isThere ? QString::fromStdString(m_parts->diagram.graph.at(node).name)
                                   : tr("Nothing is selected."));
}

void Inspector::showDiagram(const Diagram& now, const Delta&)
{
    m_parts->diagram = now;
    setNode(m_parts->node);
}

void Inspector::showMoment(const Moment& moment)
{
    m_parts->moment = moment;
}

}  // namespace chainrule
