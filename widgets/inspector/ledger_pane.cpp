// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/ledger_pane.h"

#include "engine/ops/operators.h"
#include "widgets/canvas/face.h"
#include "widgets/inspector/tensor_preview.h"
#include "widgets/theme/label.h"

#include <QGridLayout>
#include <QItemSelectionModel>

#include <cstring>

namespace chainrule {
namespace {

constexpr std::int64_t mostAtOnce = 100'000;  // Elements that are added in less than a frame.

bool isSameBits(const Tensor& a, const Tensor& b)
{
    if (a.dtype() != b.dtype() || a.shape() != b.shape())
        return false;
    for (std::int64_t i = 0; i < a.size(); ++i) {
        const double x = as<double>(a.at(i)), y = as<double>(b.at(i));
        if (std::memcmp(&x, &y, sizeof x) != 0)
            return false;
    }
    return true;
}

}  // namespace

bool addsUp(const Moment& moment, OutputId output, const std::stop_token& stop)
{
    const auto flowing = moment.flowing(output);
    if (!flowing)
        return false;
    std::optional<Value> sum;
    for (const std::uint32_t event : moment.arrived(moment.evaluation().value(output).place())) {
        if (stop.stop_requested())
            return false;
        const Tensor& contribution = moment.run().events[event].contribution;
        sum = sum ? *sum + Value(contribution) : Value(contribution);
    }
    return sum && isSameBits(sum->tensor(), *flowing);
}

LedgerPane::LedgerPane(QWidget* parent)
    : QWidget(parent), m_title(new Label(Label::Role::Title, this)), m_list(new ContributionList(m_model, this)),
      m_sumName(new Label(Label::Role::Secondary, this)), m_sign(new Label(Label::Role::Title, QStringLiteral("Σ"), this)),
      m_sum(new TensorPreview(this)), m_storedName(new Label(Label::Role::Secondary, this)), m_stored(new TensorPreview(this))
{
    auto* const grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 9, 0);  // The sum stands below what is summed.
    grid->setVerticalSpacing(6);
    grid->addWidget(m_title, 0, 0, 1, 3);
    grid->addWidget(m_list, 1, 0, 1, 3);
    grid->addWidget(m_sumName, 2, 0);
    grid->addWidget(m_sign, 2, 1);
    grid->addWidget(m_sum, 2, 2, Qt::AlignRight);
    grid->addWidget(m_storedName, 3, 0);
    grid->addWidget(m_stored, 3, 2, Qt::AlignRight);
    grid->setColumnStretch(0, 1);
    m_list->setObjectName(QStringLiteral("contributions"));
    m_list->setAccessibleName(tr("Contributions"));
    m_sumName->setObjectName(QStringLiteral("contributionSum"));
    for (Label* const label : {m_sumName, m_storedName})
        label->setWordWrap(true);
    m_sum->setUse(TensorPreview::Use::Pick);
    connect(m_sum, &TensorPreview::picked, this, &LedgerPane::cellPicked);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &LedgerPane::choose);
}

void LedgerPane::clear()
{
    m_job.cancel();
    m_moment = {};
    m_model.show({}, {});
}

std::optional<std::size_t> LedgerPane::chosen() const
{
    const QModelIndex index = m_list->currentIndex();
    return index.isValid() ? std::optional(m_model.eventNumber(index)) : std::nullopt;
}

void LedgerPane::show(const Moment& moment, OutputId output, const QString& name)
{
    m_moment = moment;
    m_output = output;
    m_name = name;
    m_job.cancel();
    m_model.show(moment, output);
    const int count = m_model.rowCount();
    m_title->setText(tr("Contributions to %1").arg(name));
    const GradState stored = moment.stored(output);
    const bool isAccumulated = stored.kind == GradState::Kind::Accumulated && m_model.ofThisPass() < count;
    m_storedName->setVisible(isAccumulated);
    m_stored->setVisible(isAccumulated);
    if (isAccumulated) {
        m_storedName->setText(inWords(stored));
        m_stored->show(stored.tensor);
        m_stored->setAccessibleName(m_storedName->text());
    }
    if (count == 0)
        return;
    const int active = m_model.activeRow();
    m_list->setCurrentIndex(m_model.index(active >= 0 ? active : count - 1));
    choose();
}

void LedgerPane::choose()
{
    showSum();
    Q_EMIT chosenChanged();
}

/// Of the rows down to the chosen one.
void LedgerPane::showSum()
{
    const bool hasSum = m_model.ofThisPass() > 0;
    for (QWidget* const widget : {static_cast<QWidget*>(m_sumName), m_sign, static_cast<QWidget*>(m_sum)})
        widget->setVisible(hasSum);
    const QModelIndex index = m_list->currentIndex();
    if (!hasSum || !index.isValid())
        return;
    const auto [arrived, expected] = m_moment.contributions(m_output);
    const int earlier = m_model.rowCount() - m_model.ofThisPass();
    const bool isOfThisPass = m_model.isOfThisPass(index);
    const int upTo = isOfThisPass ? index.row() - earlier + 1 : arrived;
    m_sum->show(isOfThisPass ? m_model.event(index).sum : *m_moment.flowing(m_output));
    m_sumName->setRole(Label::Role::Secondary);
    if (upTo < arrived)
        m_sumName->setText(tr("the first %1 of %2, added up").arg(upTo).arg(arrived));
    else if (arrived < expected)
        m_sumName->setText(tr("sum so far: %1 of %2 have come").arg(arrived).arg(expected));
    else
        m_sumName->setText(tr("∂L/∂%1, the sum").arg(m_name));
    m_sum->setAccessibleName(m_sumName->text());
    if (upTo == arrived && arrived == expected)
        check();
}

void LedgerPane::check()
{
    const std::int64_t work = m_sum->tensor().size() * m_model.ofThisPass();
    m_job.start(work > mostAtOnce ? LatestJob::Size::Large : LatestJob::Size::Small,
                [this, moment = m_moment, output = m_output](const std::stop_token& stop) -> LatestJob::Delivery {
                    return [this, isEqual = addsUp(moment, output, stop)] {
                        if (!isEqual)
                            return;
                        m_sumName->setRole(Label::Role::Good);
                        m_sumName->setText(tr("∂L/∂%1, equal to the last bit").arg(m_name));
                        m_sum->setAccessibleName(m_sumName->text());
                    };
                });
}

}  // namespace chainrule
