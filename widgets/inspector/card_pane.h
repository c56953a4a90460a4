// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/explanation.h"
#include "engine/autograd/vjp_card.h"
#include "widgets/inspector/card_view.h"
#include "widgets/inspector/latest_job.h"

#include <QWidget>

namespace chainrule {

class Label;

/// How one contribution came to be: the operation, its rule and the rule's numbers.
class CardPane : public QWidget {
    Q_OBJECT
public:
    explicit CardPane(QWidget* parent);

    /// Precondition: an operation sent the event.
    void show(const Moment& moment, std::size_t event);
    void clear();
    const CardView& view() const { return *m_view; }

Q_SIGNALS:
    void cellPicked(const chainrule::GradientCell& cell);

private:
    void request();
    void showCard(const VjpCard& card);
    void pick(std::size_t part, std::int64_t element);

    Moment m_moment;
    std::optional<std::size_t> m_event;
    Label* m_formula;
    Label* m_rule;
    CardView* m_view;
    LatestJob m_job;
};

}  // namespace chainrule
