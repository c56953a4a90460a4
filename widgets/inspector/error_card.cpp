// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/error_card.h"

#include "engine/autograd/mistakes.h"
#include "widgets/inspector/field_message.h"
#include "widgets/theme/appearance.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace chainrule {

ErrorCard::ErrorCard(QWidget* parent)
    : QFrame(parent), m_error(new FieldMessage(this)), m_meaning(new Label(Label::Role::Body, this)),
      m_operands(new Label(Label::Role::Number, this)), m_offers(new QVBoxLayout)
{
    setObjectName(QStringLiteral("errorCard"));
    m_error->setObjectName(QStringLiteral("nodeError"));
    m_meaning->setObjectName(QStringLiteral("errorMeaning"));
    m_operands->setObjectName(QStringLiteral("errorOperands"));
    for (Label* const label : {m_meaning, m_operands}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_offers->setSpacing(metrics::step);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * metrics::step + 2, 2 * metrics::step, 2 * metrics::step, 2 * metrics::step);
    layout->setSpacing(metrics::step + 2);
    layout->addWidget(m_error);
    layout->addWidget(m_operands);
    layout->addWidget(m_meaning);
    layout->addLayout(m_offers);
    connect(&Appearance::instance(), &Appearance::changed, this, &ErrorCard::dress);
    dress();
    hide();
}

void ErrorCard::show(const Moment& moment, NodeId node)
{
    const NodeResult* const result = moment.result(node);
    setVisible(result && result->error);
    m_error->show(result && result->error ? Failure(*result->error) : std::nullopt);
    const Mistake* const mistake = result && result->error ? mistakeBehind(*result->error) : nullptr;
    m_meaning->setText(mistake ? QString::fromUtf8(mistake->meaning.data(), qsizetype(mistake->meaning.size())) : QString());
    m_meaning->setVisible(mistake);
    const QString operands = mistake ? QString::fromStdString(operandsText(moment.evaluation(), node)) : QString();
    m_operands->setText(operands);
    m_operands->setVisible(!operands.isEmpty());
}

void ErrorCard::offer(const QStringList& titles)
{
    while (QLayoutItem* const item = m_offers->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();  // It may be the one that was just clicked.
        delete item;
    }
    for (int i = 0; i < titles.size(); ++i) {
        auto* const button = new QPushButton(titles[i], this);
        button->setObjectName(QStringLiteral("wayOut"));
        connect(button, &QPushButton::clicked, this, [this, i] { Q_EMIT chosen(i); });
        m_offers->addWidget(button);
    }
}

void ErrorCard::dress()
{
    const Theme& theme = Appearance::instance().theme();
    setStyleSheet(QStringLiteral("#errorCard { background: %1; border: 1px solid %2; border-left: 3px solid %3; "
                                 "border-radius: %4px; }")
                      .arg(theme.raised.name(), theme.line.name(), theme.error.name())
                      .arg(metrics::controlRadius));
}

}  // namespace chainrule
