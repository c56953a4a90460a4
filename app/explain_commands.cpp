// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/explain_commands.h"

#include <QMenu>

namespace chainrule {

using Focus = ExplanationPane::Focus;

ExplainCommands::ExplainCommands(const Parts& parts, Commands& commands, QObject* parent)
    : QObject(parent), m_parts(parts)
{
    // Who clicks a node may want to press a key of the canvas next.
    connect(&parts.view, &GraphView::explanationRequested, this,
            [this](OutputId output, std::int64_t element) { explain(output, element, Focus::Leave); });
    commands.on(CommandId::ExplainGradient, [this] { explainLargest(); });
}

void ExplainCommands::addTo(QMenu& menu, const Hit& hit)
{
    const auto number = gradientNumber(m_parts.view.scene(), hit);
    if (!number)
        return;
    menu.addAction(tr("Explain T&his Number"), this,
                   [this, number = *number] { explain(number.output, number.element, Focus::Take); });
    menu.addSeparator();
}

void ExplainCommands::explainLargest()
{
    if (const auto number = largestGradientNumber(m_parts.view.scene(), m_parts.view.current()))
        explain(number->output, number->element, Focus::Take);
    else
        Q_EMIT hinted(tr("There is no gradient here at this step."));
}

void ExplainCommands::explain(OutputId output, std::int64_t element, Focus focus)
{
    m_parts.view.select({output.node});
    m_parts.inspector.parentWidget()->show();
    m_parts.inspector.setNode(output.node);
    m_parts.inspector.explain(output, element, focus);
}

}  // namespace chainrule
