// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/card_pane.h"

#include "widgets/theme/label.h"

#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::int64_t mostAtOnce = 5'000;  // Elements of which a card is made in less than a frame.

}  // namespace

CardPane::CardPane(QWidget* parent)
    : QWidget(parent), m_formula(new Label(Label::Role::Value, this)), m_rule(new Label(Label::Role::Gradient, this)),
      m_view(new CardView(this))
{
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(new Label(Label::Role::Title, tr("How this contribution came to be"), this));
    layout->addWidget(m_formula);
    layout->addWidget(m_rule);
    layout->addSpacing(4);
    layout->addWidget(m_view);
    for (Label* const label : {m_formula, m_rule}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_view->setObjectName(QStringLiteral("card"));
    connect(m_view, &CardView::picked, this, &CardPane::pick);
}

void CardPane::clear()
{
    m_job.cancel();
    m_moment = {};
    m_event.reset();
}

void CardPane::show(const Moment& moment, std::size_t event)
{
    const bool isSame = m_event == event && !m_moment.isEmpty() && &m_moment.replay() == &moment.replay();
    m_moment = moment;
    m_event = event;
    if (!isSame)
        request();
}

void CardPane::request()
{
    const BackwardEvent& event = m_moment.run().events[*m_event];
    const bool isLarge = cardWork(m_moment.evaluation(), event) > mostAtOnce;
    m_job.start(isLarge ? LatestJob::Size::Large : LatestJob::Size::Small,
                [this, moment = m_moment, event = *m_event](const std::stop_token& stop) -> LatestJob::Delivery {
                    auto card = vjpCard(moment.evaluation(), moment.run().events[event], stop);
                    return [this, card = std::move(card)] {
                        if (card)
                            showCard(*card);
                    };
                });
}

void CardPane::showCard(const VjpCard& card)
{
    m_formula->setText(QString::fromStdString(card.formula));
    m_rule->setText(QString::fromStdString(card.rule));
    m_view->show(card);
}

void CardPane::pick(std::size_t place, std::int64_t element)
{
    const VjpCard& card = m_view->card();
    const BackwardEvent& event = m_moment.run().events[*m_event];
    const std::size_t number = place - card.given.size();
    const CardPart& part = card.parts[number];
    if (part.role == CardPart::Role::Sent)
        return Q_EMIT cellPicked({event.to, element});
    std::size_t output = number;
    if (card.picture != Picture::Joined)
        output = std::size_t(std::ranges::find_if(event.upstream, [](const auto& dy) { return dy.has_value(); })
                             - event.upstream.begin());
    if (output >= event.upstream.size() || !event.upstream[output] || event.upstream[output]->size() != part.tensor.size())
        return;
    if (card.picture == Picture::Product && QString::fromStdString(part.words).endsWith(QChar(u'ᵀ'))) {
        const Shape& shape = part.tensor.shape();
        const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
        const std::int64_t within = element % (rows * columns);
        element += within % columns * rows + within / columns - within;
    }
    Q_EMIT cellPicked({{std::uint32_t(*event.from), std::uint32_t(output)}, element});
}

}  // namespace chainrule
