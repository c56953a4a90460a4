// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/health_chart.h"

#include "widgets/theme/appearance.h"

#include <qcustomplot.h>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal reach = 12;  // Pixels around a point.
constexpr int sharesHeight = 34;
constexpr double leastPower = -12;

/// How points of one kind are drawn.
struct Look {
    QCPScatterStyle::ScatterShape shape;
    QColor colour;
    bool isFilled;
};

enum class Kind { Healthy, Vanishing, Exploding, NotFinite, Zero };

Kind kindOf(const HealthChart::Point& point)
{
    if (point.band == GradientBand::NotFinite)
        return Kind::NotFinite;
    if (point.norm == 0.0)
        return Kind::Zero;
    if (point.band == GradientBand::Vanishing)
        return Kind::Vanishing;
    return point.band == GradientBand::Exploding ? Kind::Exploding : Kind::Healthy;
}

Look lookOf(const Theme& theme, Kind kind)
{
    switch (kind) {
    case Kind::Healthy: return {QCPScatterStyle::ssCircle, theme.gradient, true};
    case Kind::Vanishing: return {QCPScatterStyle::ssTriangleInverted, theme.secondary, true};
    case Kind::Exploding: return {QCPScatterStyle::ssTriangle, theme.error, true};
    case Kind::NotFinite: return {QCPScatterStyle::ssCross, theme.nan, false};
    case Kind::Zero: return {QCPScatterStyle::ssSquare, theme.secondary, false};
    }
    return {QCPScatterStyle::ssCircle, theme.gradient, true};
}

}  // namespace

/// x counts points; y is the power of ten, with a line of its own below for 0 and one above for NaN and Inf.
class HealthChart::Parts {
public:
    explicit Parts(QWidget* parent) : plot(new QCustomPlot(parent)) {}

    double zeroLine() const { return low - 1; }
    double badLine() const { return high + 1; }
    double y(const Point& point) const
    {
        switch (kindOf(point)) {
        case Kind::NotFinite: return badLine();
        case Kind::Zero: return zeroLine();
        default: return std::clamp(std::log10(*point.norm), low, high);
        }
    }
    void findRange()
    {
        low = std::max(std::floor(std::log10(limits.vanishingBelow)), leastPower) - 1;
        high = std::ceil(std::log10(limits.explodingAbove)) + 1;
        for (const Point& point : points)
            if (point.norm && *point.norm > 0 && std::isfinite(*point.norm)) {
                low = std::min(low, std::floor(std::log10(*point.norm)));
                high = std::max(high, std::ceil(std::log10(*point.norm)));
            }
    }

    void addBand(double from, double to, const QColor& colour)
    {
        auto* const band = new QCPItemRect(plot);
        band->setClipAxisRect(norms);
        for (QCPItemPosition* const corner : {band->topLeft, band->bottomRight})
            corner->setAxes(norms->axis(QCPAxis::atBottom), norms->axis(QCPAxis::atLeft));
        band->topLeft->setCoords(-1, to);
        band->bottomRight->setCoords(double(points.size()), from);
        QColor tint = colour;
        tint.setAlphaF(0.10F);
        band->setPen(Qt::NoPen);
        band->setBrush(tint);
    }
    void addPoints(const Theme& theme);
    void addShares(const Theme& theme);
    void addTicks(const Theme& theme);

    std::vector<Point> points;
    HealthOptions limits;
    double low = -8;
    double high = 5;
    std::optional<std::size_t> current;
    QCustomPlot* plot;
    QCPAxisRect* norms = nullptr;
    QCPAxisRect* shares = nullptr;
    QCPItemEllipse* ring = nullptr;
};

void HealthChart::Parts::addPoints(const Theme& theme)
{
    for (const Kind kind : {Kind::Healthy, Kind::Vanishing, Kind::Exploding, Kind::NotFinite, Kind::Zero}) {
        QVector<double> xs, ys;
        for (std::size_t i = 0; i < points.size(); ++i)
            if (points[i].norm && kindOf(points[i]) == kind) {
                xs << double(i);
                ys << y(points[i]);
            }
        auto* const graph = plot->addGraph(norms->axis(QCPAxis::atBottom), norms->axis(QCPAxis::atLeft));
        graph->setData(xs, ys, true);
        graph->setLineStyle(QCPGraph::lsNone);
        const Look look = lookOf(theme, kind);
        graph->setScatterStyle(QCPScatterStyle(look.shape, QPen(look.colour, 1.5),
                                               look.isFilled ? QBrush(look.colour) : QBrush(Qt::NoBrush), 7));
    }
}

void HealthChart::Parts::addShares(const Theme& theme)
{
    const auto add = [&](double Point::*share, const QBrush& brush, double offset) {
        QVector<double> xs, ys;
        for (std::size_t i = 0; i < points.size(); ++i)
            if (points[i].*share > 0) {
                xs << double(i) + offset;
                ys << 100 * points[i].*share;
            }
        auto* const bars = new QCPBars(shares->axis(QCPAxis::atBottom), shares->axis(QCPAxis::atLeft));
        bars->setData(xs, ys, true);
        bars->setWidth(0.35);
        bars->setPen(QPen(theme.secondary, 1));
        bars->setBrush(brush);
    };
    add(&Point::dead, QBrush(theme.secondary, Qt::BDiagPattern), -0.2);
    add(&Point::saturated, QBrush(theme.secondary), 0.2);
}

void HealthChart::Parts::addTicks(const Theme& theme)
{
    const auto powers = QSharedPointer<QCPAxisTickerText>::create();
    for (double power = low + 1; power < high; power += std::max(2.0, std::ceil((high - low) / 4)))
        powers->addTick(power, QStringLiteral("1e%1").arg(int(power)));
    powers->addTick(zeroLine(), QStringLiteral("0"));
    powers->addTick(badLine(), QStringLiteral("NaN"));
    norms->axis(QCPAxis::atLeft)->setTicker(powers);
    const auto percents = QSharedPointer<QCPAxisTickerText>::create();
    percents->addTick(0, QStringLiteral("0"));
    percents->addTick(100, QStringLiteral("100 %"));
    shares->axis(QCPAxis::atLeft)->setTicker(percents);
    const auto names = QSharedPointer<QCPAxisTickerText>::create();
    const qreal room = std::max(1.0, norms->width() / 52.0);
    const auto each = std::max<std::size_t>(1, std::size_t(std::ceil(double(points.size()) / room)));
    const QFontMetrics metrics(fonts::numbers(10));
    for (std::size_t i = 0; i < points.size(); i += each)
        names->addTick(double(i), metrics.elidedText(points[i].name, Qt::ElideRight, 48));
    shares->axis(QCPAxis::atBottom)->setTicker(names);
    for (QCPAxis* const axis : {norms->axis(QCPAxis::atLeft), shares->axis(QCPAxis::atLeft),
                                norms->axis(QCPAxis::atBottom), shares->axis(QCPAxis::atBottom)}) {
        axis->setBasePen(theme.line);
        axis->setTickPen(theme.line);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(theme.secondary);
        axis->setTickLabelFont(fonts::numbers(10));
        axis->grid()->setVisible(false);
        axis->setNumberFormat(QStringLiteral("g"));  // "1e4" as it is written.
    }
    norms->axis(QCPAxis::atBottom)->setTicks(false);
    norms->axis(QCPAxis::atBottom)->setTickLabels(false);
}

HealthChart::HealthChart(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<Parts>(this))
{
    QCustomPlot& plot = *m_parts->plot;
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(&plot);
    plot.setFocusPolicy(Qt::NoFocus);
    plot.setAttribute(Qt::WA_TransparentForMouseEvents);  // What it says and where it is clicked is ours.
    plot.plotLayout()->clear();
    m_parts->norms = new QCPAxisRect(&plot);
    m_parts->shares = new QCPAxisRect(&plot);
    plot.plotLayout()->addElement(0, 0, m_parts->norms);
    plot.plotLayout()->addElement(1, 0, m_parts->shares);
    plot.plotLayout()->setRowSpacing(2);
    m_parts->norms->setAutoMargins(QCP::msLeft | QCP::msRight);
    m_parts->norms->setMargins(QMargins(0, 4, 0, 4));
    m_parts->shares->setAutoMargins(QCP::msLeft | QCP::msRight | QCP::msBottom);
    m_parts->shares->setMargins(QMargins(0, 4, 0, 0));
    m_parts->shares->setMinimumSize(40, sharesHeight);
    m_parts->shares->setMaximumSize(QWIDGETSIZE_MAX, sharesHeight);
    auto* const sides = new QCPMarginGroup(&plot);
    for (QCPAxisRect* const rect : {m_parts->norms, m_parts->shares})
        rect->setMarginGroup(QCP::msLeft | QCP::msRight, sides);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Norms of gradients in the order of evaluation"));
    setMinimumHeight(190);
    connect(&Appearance::instance(), &Appearance::changed, this, &HealthChart::draw);
    draw();
}

HealthChart::~HealthChart() = default;

void HealthChart::show(std::vector<Point> points, const HealthOptions& limits)
{
    Parts& parts = *m_parts;
    const NodeId before = parts.current ? parts.points[*parts.current].node : NodeId();
    parts.points = std::move(points);
    parts.limits = limits;
    parts.current.reset();
    draw();
    setCurrent(before);
}

const std::vector<HealthChart::Point>& HealthChart::points() const
{
    return m_parts->points;
}

void HealthChart::draw()
{
    Parts& parts = *m_parts;
    const Theme& theme = Appearance::instance().theme();
    parts.plot->clearPlottables();
    parts.plot->clearItems();
    parts.ring = nullptr;
    parts.plot->setBackground(QBrush(theme.panel));
    parts.findRange();
    parts.addBand(parts.zeroLine() - 1, std::log10(parts.limits.vanishingBelow), theme.secondary);
    parts.addBand(std::log10(parts.limits.explodingAbove), parts.badLine() + 1, theme.error);
    parts.addPoints(theme);
    parts.addShares(theme);
    const double last = std::max(1.0, double(parts.points.size()));
    for (QCPAxisRect* const rect : {parts.norms, parts.shares})
        rect->axis(QCPAxis::atBottom)->setRange(-0.7, last - 0.3);
    parts.norms->axis(QCPAxis::atLeft)->setRange(parts.zeroLine() - 0.7, parts.badLine() + 0.7);
    parts.shares->axis(QCPAxis::atLeft)->setRange(0, 105);
    parts.addTicks(theme);
    drawCurrent();
}

void HealthChart::drawCurrent()
{
    Parts& parts = *m_parts;
    if (parts.ring)
        parts.plot->removeItem(std::exchange(parts.ring, nullptr));
    if (parts.current && parts.points[*parts.current].norm) {
        parts.ring = new QCPItemEllipse(parts.plot);
        parts.plot->replot();  // So that pixels are those of the new ranges.
        const QPointF centre = position(*parts.current) - parts.plot->pos();
        for (QCPItemPosition* const corner : {parts.ring->topLeft, parts.ring->bottomRight})
            corner->setType(QCPItemPosition::ptAbsolute);
        parts.ring->topLeft->setPixelPosition(centre - QPointF(7, 7));
        parts.ring->bottomRight->setPixelPosition(centre + QPointF(7, 7));
        parts.ring->setPen(QPen(Appearance::instance().theme().selection, hasFocus() ? 2.5 : 1.5));
    }
    parts.plot->replot();
    const QString words = parts.current ? parts.points[*parts.current].name + QStringLiteral(": ")
                                              + parts.points[*parts.current].words
                                        : tr("%1 gradients").arg(parts.points.size());
    setAccessibleDescription(words);
}

void HealthChart::setCurrent(NodeId node)
{
    Parts& parts = *m_parts;
    const auto found = std::ranges::find(parts.points, node, &Point::node);
    parts.current.reset();
    if (found != parts.points.end())
        parts.current = std::size_t(found - parts.points.begin());
    drawCurrent();
}

QPointF HealthChart::position(std::size_t point) const
{
    const Parts& parts = *m_parts;
    const double y = parts.points[point].norm ? parts.y(parts.points[point]) : parts.zeroLine();
    return QPointF(parts.norms->axis(QCPAxis::atBottom)->coordToPixel(double(point)),
                   parts.norms->axis(QCPAxis::atLeft)->coordToPixel(y))
        + parts.plot->pos();
}

std::optional<std::size_t> HealthChart::pointAt(QPointF at) const
{
    const Parts& parts = *m_parts;
    std::optional<std::size_t> nearest;
    double least = reach;
    const bool isAmongShares = parts.shares->rect().contains((at - parts.plot->pos()).toPoint());
    for (std::size_t i = 0; i < parts.points.size(); ++i) {
        const QPointF away = position(i) - at;
        const double distance = isAmongShares ? std::abs(away.x()) : std::hypot(away.x(), away.y());
        if ((parts.points[i].norm || isAmongShares) && distance <= least) {
            nearest = i;
            least = distance;
        }
    }
    return nearest;
}

void HealthChart::moveTo(std::size_t point)
{
    m_parts->current = point;
    drawCurrent();
    Q_EMIT nodeChosen(m_parts->points[point].node);
}

bool HealthChart::event(QEvent* event)
{
    if (event->type() == QEvent::Resize) {
        const bool isDone = QWidget::event(event);
        QMetaObject::invokeMethod(this, &HealthChart::draw, Qt::QueuedConnection);  // How many names there is room for.
        return isDone;
    }
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* const help = static_cast<QHelpEvent*>(event);
    const auto point = pointAt(help->pos());
    QToolTip::showText(help->globalPos(),
                       point ? m_parts->points[*point].name + QStringLiteral(": ") + m_parts->points[*point].words
                             : QString(),
                       this);
    return true;
}

void HealthChart::mousePressEvent(QMouseEvent* event)
{
    const auto point = event->button() == Qt::LeftButton ? pointAt(event->position()) : std::nullopt;
    if (point)
        moveTo(*point);
    else
        QWidget::mousePressEvent(event);
}

void HealthChart::keyPressEvent(QKeyEvent* event)
{
    const std::size_t count = m_parts->points.size();
    const std::size_t now = m_parts->current.value_or(0);
    if (count == 0)
        return QWidget::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left: return moveTo(now > 0 ? now - 1 : 0);
    case Qt::Key_Right: return moveTo(m_parts->current ? std::min(now + 1, count - 1) : 0);
    case Qt::Key_Home: return moveTo(0);
    case Qt::Key_End: return moveTo(count - 1);
    case Qt::Key_Return:
    case Qt::Key_Enter: return moveTo(now);
    default: return QWidget::keyPressEvent(event);
    }
}

void HealthChart::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    drawCurrent();
}

void HealthChart::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    drawCurrent();
}

}  // namespace chainrule
