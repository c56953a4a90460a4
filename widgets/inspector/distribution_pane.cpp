// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/distribution_pane.h"

#include "engine/base/number_text.h"
#include "widgets/theme/label.h"

#include <QGridLayout>
#include <QLocale>
#include <QVBoxLayout>

#include <vector>

namespace chainrule {
namespace {

struct Fact {
    QString name;
    QString shown;
    QString exact;
};

QString digits(double value)
{
    return QString::number(value, 'g', 6);
}

Fact number(const QString& name, const std::optional<Scalar>& scalar)
{
    if (!scalar)
        return {name, QStringLiteral("-"), {}};
    if (const auto* const flag = std::get_if<bool>(&*scalar))
        return {name, *flag ? QStringLiteral("True") : QStringLiteral("False"), {}};
    if (const auto* const integer = std::get_if<std::int64_t>(&*scalar))
        return {name, QString::number(*integer), {}};
    const double value = std::get<double>(*scalar);
    return {name, digits(value), QString::fromStdString(pythonFloat(value))};
}

QString count(std::int64_t elements, std::int64_t all)
{
    QString text = QStringLiteral("%L1").arg(elements);
    if (elements > 0)
        text += DistributionPane::tr(" (%1 %)").arg(QString::number(100.0 * double(elements) / double(all), 'g', 3));
    return text;
}

std::vector<Fact> factsOf(const Summary& summary, std::int64_t bytes)
{
    const auto tr = [](const char* text) { return DistributionPane::tr(text); };
    const Statistics& s = summary.statistics;
    const auto scalar = [](const std::optional<double>& value) {
        return value ? std::optional<Scalar>(*value) : std::nullopt;
    };
    std::optional<Scalar> largest;
    if (s.min && s.max)
        largest = std::max(std::abs(as<double>(*s.min)), std::abs(as<double>(*s.max)));
    return {{tr("elements"), QStringLiteral("%L1").arg(s.count), {}},
            {tr("bytes"), QStringLiteral("%L1").arg(bytes), {}},
            number(tr("min"), s.min),
            number(tr("max"), s.max),
            number(tr("mean"), scalar(s.mean)),
            number(tr("std"), scalar(s.std)),
            number(tr("L1 norm"), Scalar(s.l1)),
            number(tr("L2 norm"), Scalar(s.l2)),
            number(tr("max |x|"), largest),
            {tr("zero"), count(s.zeros, s.count), {}},
            {tr("NaN"), count(s.nans, s.count), {}},
            {tr("Inf"), count(s.infinities, s.count), {}}};
}

}  // namespace

class DistributionPane::Parts {
public:
    Parts(Histogram::Hue hue, QWidget* parent)
        : title(new Label(Label::Role::Title, parent)), words(new Label(Label::Role::Secondary, parent)),
          histogram(new Histogram(hue, parent)), facts(new QWidget(parent)), grid(new QGridLayout(facts))
    {
    }

    void showOnly(bool hasSummary)
    {
        words->setVisible(!hasSummary);
        histogram->setVisible(hasSummary);
        facts->setVisible(hasSummary);
    }

    /// The names to the left of their numbers, two of them in a row.
    void show(const std::vector<Fact>& all)
    {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i == numbers.size()) {
                const int row = int(i / 2);
                const int column = int(i % 2) * 2;
                grid->addWidget(new Label(Label::Role::Secondary, all[i].name, facts), row, column);
                numbers.push_back(new Label(Label::Role::Number, facts));
                numbers[i]->setTextInteractionFlags(Qt::TextSelectableByMouse);
                numbers[i]->setObjectName(all[i].name);
                grid->addWidget(numbers[i], row, column + 1);
            }
            numbers[i]->setText(all[i].shown);
            numbers[i]->setToolTip(all[i].exact);
            numbers[i]->setAccessibleName(all[i].name + u' ' + all[i].shown);
        }
    }

    Label* title;
    Label* words;
    Histogram* histogram;
    QWidget* facts;
    QGridLayout* grid;
    std::vector<Label*> numbers;
};

DistributionPane::DistributionPane(Histogram::Hue hue, QWidget* parent)
    : QWidget(parent), m_parts(std::make_unique<Parts>(hue, this))
{
    Parts& parts = *m_parts;
    parts.histogram->setObjectName(QStringLiteral("histogram"));
    parts.words->setWordWrap(true);
    parts.grid->setContentsMargins(0, 0, 0, 0);
    parts.grid->setHorizontalSpacing(8);
    parts.grid->setVerticalSpacing(3);
    parts.grid->setColumnStretch(1, 1);
    parts.grid->setColumnStretch(3, 1);
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (QWidget* const widget : {static_cast<QWidget*>(parts.title), static_cast<QWidget*>(parts.words),
                                  static_cast<QWidget*>(parts.histogram), parts.facts})
        layout->addWidget(widget);
    parts.showOnly(false);
}

DistributionPane::~DistributionPane() = default;

void DistributionPane::setTitle(const QString& title)
{
    m_parts->title->setText(title);
    m_parts->histogram->setAccessibleName(title);
}

void DistributionPane::show(const Summary& summary, std::int64_t bytes)
{
    m_parts->histogram->show(summary.distribution);
    m_parts->show(factsOf(summary, bytes));
    m_parts->showOnly(true);
}

void DistributionPane::showPending()
{
    m_parts->words->setText(tr("counting …"));
    m_parts->showOnly(false);
}

void DistributionPane::showNothing(const QString& why)
{
    m_parts->words->setText(why);
    m_parts->showOnly(false);
}

}  // namespace chainrule
