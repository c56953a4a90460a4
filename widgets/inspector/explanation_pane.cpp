// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/explanation_pane.h"

#include "widgets/inspector/preview.h"
#include "widgets/theme/label.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include <charconv>
#include <cmath>
#include <utility>

namespace chainrule {
namespace {

constexpr std::size_t mostCrumbs = 3;  // After the first one.
constexpr int crumbWidth = 90;

QString exact(double number)
{
    return QString::number(number, 'g', QLocale::FloatingPointShortest);
}

/// A number of a gradient as its dtype has it: the shortest text that reads back as the same.
QString exactOf(double number, DType dtype)
{
    if (dtype == DType::Float64)
        return exact(number);
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, float(number)).ptr;
    return QString::fromLatin1(buffer, end - buffer);
}

}  // namespace

ExplanationPane::ExplanationPane(QWidget* parent)
    : QWidget(parent), m_crumbs(new QWidget(this)), m_number(new Label(Label::Role::Gradient, this)),
      m_list(new TermList(m_model, this)), m_sum(new Label(Label::Role::Secondary, this))
{
    auto* const title = new QHBoxLayout;
    title->addWidget(new Label(Label::Role::Title, tr("Explain this number"), this), 1);
    auto* const close = new QToolButton(this);
    close->setText(tr("Close"));
    close->setProperty("flat", true);
    close->setAccessibleName(tr("Close the explanation"));
    title->addWidget(close);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addLayout(title);
    layout->addWidget(m_crumbs);
    layout->addWidget(m_number);
    layout->addWidget(m_list);
    layout->addWidget(m_sum);
    auto* const crumbs = new QHBoxLayout(m_crumbs);
    crumbs->setContentsMargins(0, 0, 0, 0);
    crumbs->setSpacing(2);
    m_crumbs->setAccessibleName(tr("The way to this number"));
    m_number->setObjectName(QStringLiteral("explainedNumber"));
    m_number->setWordWrap(true);
    m_number->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_sum->setObjectName(QStringLiteral("termSum"));
    m_sum->setWordWrap(true);
    m_list->setObjectName(QStringLiteral("terms"));
    m_list->setAccessibleName(tr("Terms, the largest first"));
    connect(close, &QToolButton::clicked, this, &ExplanationPane::clear);
    connect(m_list, &TermList::opened, this, [this](const QModelIndex& index) {
        if (const auto upstream = m_model.term(index).upstream)
            go(*upstream);
    });
    hide();
}

void ExplanationPane::clear()
{
    m_job.cancel();
    m_way.clear();
    hide();
}

void ExplanationPane::show(const Moment& moment, OutputId output)
{
    const bool isSameRun = !m_moment.isEmpty() && !moment.isEmpty() && &m_moment.replay() == &moment.replay();
    const bool isSameStep = isSameRun && m_moment.position() == moment.position();
    m_moment = moment;
    m_output = output;
    if (m_way.empty())
        return;
    // What a rule recorded belongs to no node: it is explained where the way came from.
    const auto owner = isSameRun ? moment.evaluation().owner(m_way.back().place) : std::nullopt;
    const bool endsHere = isSameRun && (!owner || *owner == output);
    if (!endsHere)
        return clear();
    if (!isSameStep)
        request();
}

void ExplanationPane::explain(const GradientCell& cell, Focus focus)
{
    m_way = {cell};
    showEnd(focus);
}

void ExplanationPane::go(const GradientCell& cell)
{
    m_way.push_back(cell);
    showEnd(Focus::Take);
}

void ExplanationPane::goBack(std::size_t steps)
{
    m_way.resize(m_way.size() - steps);
    showEnd(Focus::Take);
}

void ExplanationPane::showEnd(Focus focus)
{
    showWay();
    setVisible(true);
    m_takesFocus = focus == Focus::Take;
    request();
    if (const auto owner = m_moment.evaluation().owner(m_way.back().place); owner && *owner != m_output)
        Q_EMIT outputRequested(*owner);
}

/// The first crumb and the last ones; each leads back.
void ExplanationPane::showWay()
{
    QLayout* const layout = m_crumbs->layout();
    while (QLayoutItem* const item = layout->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    for (std::size_t i = 0; i < m_way.size(); ++i) {
        const bool isLeftOut = i > 0 && i + mostCrumbs < m_way.size();
        if (isLeftOut && i > 1)
            continue;
        if (i > 0)
            layout->addWidget(new Label(Label::Role::Secondary, QStringLiteral("›"), m_crumbs));
        auto* const crumb = new QToolButton(m_crumbs);
        const QString name = cellName(m_moment.evaluation(), m_way[i]);
        crumb->setText(isLeftOut ? QStringLiteral("…")
                                 : fontMetrics().elidedText(name, Qt::ElideMiddle, crumbWidth));
        crumb->setToolTip(name);
        crumb->setAccessibleName(tr("Back to %1").arg(name));
        crumb->setProperty("flat", true);
        crumb->setEnabled(i + 1 < m_way.size());
        connect(crumb, &QToolButton::clicked, this, [this, steps = m_way.size() - 1 - i] { goBack(steps); });
        layout->addWidget(crumb);
    }
    static_cast<QHBoxLayout*>(layout)->addStretch(1);
    m_crumbs->setVisible(m_way.size() > 1);  // One alone leads nowhere.
}

void ExplanationPane::request()
{
    m_number->setText(tr("∂L/∂%1 = …").arg(cellName(m_moment.evaluation(), m_way.back())));
    m_sum->clear();
    m_model.show(m_moment, nullptr);
    m_job.start(LatestJob::Size::Large,
                [this, moment = m_moment, cell = m_way.back()](const std::stop_token& stop) -> LatestJob::Delivery {
                    ExplanationOptions options;
                    options.stop = stop;
                    return [this, answer = explanation(moment, cell, options)] { showTerms(answer); };
                });
}

void ExplanationPane::showTerms(const Result<Explanation>& answer)
{
    if (m_way.empty())
        return;
    const QString name = cellName(m_moment.evaluation(), m_way.back());
    if (!answer) {
        m_number->setText(tr("∂L/∂%1").arg(name));
        m_sum->setText(QString::fromStdString(answer.error().message));
        return;
    }
    m_number->setText(tr("∂L/∂%1 = %2").arg(name, exactOf(answer->number, dtypeOf(*answer))));
    m_sum->setText(sumText(*answer));
    m_model.show(m_moment, std::make_shared<const Explanation>(*answer));
    if (m_model.rowCount() > 0)
        m_list->setCurrentIndex(m_model.index(0));
    if (std::exchange(m_takesFocus, false))
        m_list->setFocus();
}

DType ExplanationPane::dtypeOf(const Explanation& explanation) const
{
    return explanation.shares.empty() ? DType::Float64
                                      : m_moment.run().events[explanation.shares.front().event].contribution.dtype();
}

QString ExplanationPane::sumText(const Explanation& explanation) const
{
    double sum = 0, remainder = 0;
    bool isComplete = true;
    for (const Term& term : explanation.terms)
        sum += term.value;
    for (const Share& share : explanation.shares)
        isComplete = isComplete && share.isComplete;
    remainder = explanation.number - sum;
    const QString total = remainder == 0 ? exactOf(sum, dtypeOf(explanation)) : exact(sum);
    const QString terms = explanation.terms.size() == 1
                              ? tr("One term: %1.").arg(total)
                              : tr("%1 terms sum to %2.").arg(explanation.terms.size()).arg(total);
    if (!std::isfinite(explanation.number) || remainder == 0)
        return terms;
    return terms + QLatin1Char(' ')
           + (isComplete ? tr("The remainder %1 is rounding.") : tr("The others that were not looked at: %1."))
                 .arg(exact(remainder));
}

}  // namespace chainrule
