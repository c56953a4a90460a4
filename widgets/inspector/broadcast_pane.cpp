// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/broadcast_pane.h"

#include "engine/autograd/local_rule.h"
#include "engine/ops/views.h"
#include "widgets/canvas/broadcast_words.h"
#include "widgets/inspector/tensor_preview.h"
#include "widgets/theme/label.h"

#include <QVBoxLayout>

namespace chainrule {

BroadcastPane::BroadcastPane(QWidget* parent) : QWidget(parent), m_warning(new Label(Label::Role::Error, this))
{
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    m_warning->setObjectName(QStringLiteral("broadcastWarning"));
    m_warning->setWordWrap(true);
    layout->addWidget(m_warning);
    hide();
}

BroadcastPane::Row& BroadcastPane::row(std::size_t i)
{
    if (i == m_rows.size()) {
        m_rows.push_back({new Label(Label::Role::ValueCaption, this), new TensorPreview(this)});
        m_rows[i].caption->setWordWrap(true);
        layout()->addWidget(m_rows[i].caption);
        layout()->addWidget(m_rows[i].copies);
    }
    return m_rows[i];
}

void BroadcastPane::show(const Moment& moment, NodeId node)
{
    const Broadcasting broadcasting = moment.result(node) ? broadcastingOf(moment.evaluation(), node) : Broadcasting();
    setVisible(!broadcasting.inputs.empty());
    m_warning->setVisible(broadcasting.accident.has_value());
    if (broadcasting.accident)
        m_warning->setText(warningOf(*broadcasting.accident));
    for (std::size_t i = 0; i < std::max(broadcasting.inputs.size(), m_rows.size()); ++i) {
        const bool isShown = i < broadcasting.inputs.size();
        Row& shown = row(i);
        shown.caption->setVisible(isShown);
        shown.copies->setVisible(isShown);
        if (!isShown)
            continue;
        const BroadcastInput& input = broadcasting.inputs[i];
        shown.caption->setText(inWords(moment.evaluation(), node, input));
        shown.copies->show(expandedView(input.tensor, input.to), 6 * Preview::narrowestCell);
        shown.copies->setGhosts(input.dims);
        shown.copies->setAccessibleName(shown.caption->text());
    }
}

}  // namespace chainrule
