// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogram.h"

#include "widgets/theme/appearance.h"
#include "widgets/theme/label.h"

#include <qcustomplot.h>

#include <QHelpEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace chainrule {
namespace {

constexpr double leastUnits = 9;  // Few bars are not as wide as the plot.
constexpr double barWidth = 0.9;

QString number(double value)
{
    return QString::number(value, 'g', 4);
}

/// A bar beside the axis.
struct Apart {
    QString name;
    std::int64_t count;
    QColor colour;
};

std::vector<Apart> apart(const Distribution& distribution)
{
    const Theme& theme = Appearance::instance().theme();
    std::vector<Apart> all = {{Histogram::tr("zero"), distribution.zeros, theme.secondary},
                              {QStringLiteral("NaN"), distribution.nans, theme.nan},
                              {QStringLiteral("-Inf"), distribution.negativeInfinities, theme.error},
                              {QStringLiteral("+Inf"), distribution.positiveInfinities, theme.error}};
    std::erase_if(all, [](const Apart& one) { return one.count == 0; });
    return all;
}

std::int64_t finiteCount(const Distribution& d)
{
    return d.count - d.nans - d.positiveInfinities - d.negativeInfinities;
}

}  // namespace

/// The x axis counts bars, so that a range of 10³⁰⁸ or of 10⁻³⁰⁸ is drawn like any other; y is percent.
class Histogram::Parts {
public:
    Parts(Hue wanted, QWidget* parent)
        : hue(wanted), counts(new Label(Label::Role::Number, parent)), plot(new QCustomPlot(parent))
    {
    }

    double bars() const { return double(shown.bars.size()); }
    double units() const { return std::max(bars(), leastUnits); }
    double firstX() const { return (units() - bars()) / 2; }
    double apartWidth() const { return units() / 14; }
    double apartX(std::size_t i) const { return units() + apartWidth() * (3 + 2.6 * double(i)); }
    /// Of all elements; of a sample what it stands for.
    double percent(std::int64_t bar) const
    {
        const auto counted = std::accumulate(shown.bars.begin(), shown.bars.end(), std::int64_t(0));
        return 100.0 * double(bar) / double(counted) * double(finiteCount(shown)) / double(shown.count);
    }
    double percentApart(std::int64_t elements) const { return 100.0 * double(elements) / double(shown.count); }
    /// Where a bar begins on the real axis.
    double edge(std::size_t bar) const
    {
        const double share = double(bar) / bars();
        return shown.from * (1 - share) + shown.to * share;
    }

    void addBars(const std::vector<double>& xs, const std::vector<double>& ys, double width, const QColor& colour)
    {
        auto* const drawn = new QCPBars(plot->xAxis, plot->yAxis);
        drawn->setData(QVector<double>(xs.begin(), xs.end()), QVector<double>(ys.begin(), ys.end()), true);
        drawn->setWidth(width);
        drawn->setPen(Qt::NoPen);
        drawn->setBrush(colour);
    }

    double addBars();
    double addApart(QCPAxisTickerText& ticks);
    void addTicks(QCPAxisTickerText& ticks);

    const Hue hue;
    Distribution shown;
    Label* counts;
    QCustomPlot* plot;
};

/// Returns how high the highest is.
double Histogram::Parts::addBars()
{
    const Theme& theme = Appearance::instance().theme();
    std::vector<double> xs, ys;
    for (std::size_t bar = 0; bar < shown.bars.size(); ++bar) {
        xs.push_back(firstX() + double(bar) + 0.5);
        ys.push_back(percent(shown.bars[bar]));
    }
    addBars(xs, ys, barWidth, hue == Hue::Value ? theme.value : theme.gradient);
    return ys.empty() ? 0 : *std::ranges::max_element(ys);
}

double Histogram::Parts::addApart(QCPAxisTickerText& ticks)
{
    double highest = 0;
    const std::vector<Apart> all = apart(shown);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double height = percentApart(all[i].count);
        addBars({apartX(i)}, {height}, apartWidth(), all[i].colour);
        ticks.addTick(apartX(i), all[i].name);
        highest = std::max(highest, height);
    }
    return highest;
}

void Histogram::Parts::addTicks(QCPAxisTickerText& ticks)
{
    if (shown.bars.empty())
        return;
    if (shown.from == shown.to) {
        ticks.addTick(firstX() + 0.5, number(shown.from));
        return;
    }
    ticks.addTick(firstX(), number(shown.from));
    ticks.addTick(firstX() + bars(), number(shown.to));
    const double zero = shown.from / (shown.from - shown.to);
    if (zero > 0.2 && zero < 0.8)
        ticks.addTick(firstX() + zero * bars(), QStringLiteral("0"));
}

Histogram::Histogram(Hue hue, QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(hue, this))
{
    QCustomPlot& plot = *m_parts->plot;
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->addWidget(m_parts->counts);
    layout->addWidget(&plot);
    m_parts->counts->setWordWrap(true);
    plot.setFocusPolicy(Qt::NoFocus);
    plot.setAttribute(Qt::WA_TransparentForMouseEvents);  // What it says when hovered is ours.
    plot.setFixedHeight(110);
    plot.axisRect()->setAutoMargins(QCP::msBottom);
    plot.axisRect()->setMargins(QMargins(14, 4, 14, 0));
    plot.yAxis->setVisible(false);
    plot.xAxis->grid()->setVisible(false);
    plot.yAxis->grid()->setVisible(false);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Appearance::instance(), &Appearance::changed, this, &Histogram::draw);
    draw();
}

Histogram::~Histogram() = default;

void Histogram::show(const Distribution& distribution)
{
    m_parts->shown = distribution;
    draw();
}

void Histogram::clear()
{
    show({});
}

const Distribution& Histogram::distribution() const
{
    return m_parts->shown;
}

QString Histogram::counts() const
{
    const Distribution& d = m_parts->shown;
    QString text = tr("NaN %L1   Inf %L2   zero %L3")
                       .arg(d.nans)
                       .arg(d.positiveInfinities + d.negativeInfinities)
                       .arg(d.zeros);
    if (d.count == 0)
        return tr("no elements");
    if (d.bars.empty())
        text += QStringLiteral("   ") + tr("nothing finite");
    else if (d.from == d.to)
        text += QStringLiteral("   ") + tr("constant");
    if (d.sampled > 0)
        text += QStringLiteral("   ") + tr("sampled %L1 of %L2").arg(d.sampled).arg(d.count);
    return text;
}

void Histogram::draw()
{
    Parts& parts = *m_parts;
    QCustomPlot& plot = *parts.plot;
    const Theme& theme = Appearance::instance().theme();
    plot.clearPlottables();
    plot.setBackground(QBrush(theme.panel));
    plot.xAxis->setBasePen(theme.line);
    plot.xAxis->setTickPen(theme.line);
    plot.xAxis->setSubTickPen(Qt::NoPen);
    plot.xAxis->setTickLabelColor(theme.secondary);
    plot.xAxis->setTickLabelFont(fonts::numbers(10));
    const auto ticks = QSharedPointer<QCPAxisTickerText>::create();
    const double highest = std::max(parts.addBars(), parts.addApart(*ticks));
    parts.addTicks(*ticks);
    plot.xAxis->setTicker(ticks);
    const std::vector<Apart> beside = apart(parts.shown);
    plot.xAxis->setRange(0, beside.empty() ? parts.units()
                                           : parts.apartX(beside.size() - 1) + parts.apartWidth());
    plot.yAxis->setRange(0, highest > 0 ? highest * 1.04 : 1);
    plot.setVisible(highest > 0);
    plot.replot();
    parts.counts->setText(counts());
    setAccessibleDescription(counts());
}

QString Histogram::barText(QPoint position) const
{
    const Parts& parts = *m_parts;
    const QPoint inPlot = position - parts.plot->pos();
    if (!parts.plot->isVisible() || !parts.plot->axisRect()->rect().contains(inPlot))
        return {};
    const double x = parts.plot->xAxis->pixelToCoord(inPlot.x());
    const std::vector<Apart> beside = apart(parts.shown);
    for (std::size_t i = 0; i < beside.size(); ++i)
        if (std::abs(x - parts.apartX(i)) < parts.apartWidth())
            return tr("%1: %L2 elements, %3 %").arg(beside[i].name).arg(beside[i].count).arg(
                number(parts.percentApart(beside[i].count)));
    const double bar = std::floor(x - parts.firstX());
    if (bar < 0 || bar >= parts.bars())
        return {};
    const auto index = std::size_t(bar);
    const QString range = parts.shown.from == parts.shown.to
                              ? number(parts.shown.from)
                              : tr("%1 … %2").arg(number(parts.edge(index)), number(parts.edge(index + 1)));
    const QString percent = number(parts.percent(parts.shown.bars[index]));
    if (parts.shown.sampled > 0)
        return tr("%1: about %2 %").arg(range, percent);
    return tr("%1: %L2 elements, %3 %").arg(range).arg(parts.shown.bars[index]).arg(percent);
}

bool Histogram::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), barText(help->pos()), this);
    return true;
}

}  // namespace chainrule
