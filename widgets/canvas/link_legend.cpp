// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/link_legend.h"

#include "widgets/canvas/link_painter.h"
#include "widgets/theme/appearance.h"

#include <QEvent>
#include <QFontMetrics>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <vector>

namespace chainrule {
namespace {

constexpr int padding = 14;
constexpr int sampleWidth = 72;
constexpr int rowHeight = 24;
constexpr int fromCorner = 16;

struct Row {
    LinkFlow flow;
    QString text;
};

std::vector<Row> rows()
{
    return {{{.state = LinkState::NoGradient}, LinkLegend::tr("carries no gradient")},
            {{.state = LinkState::Detached}, LinkLegend::tr("detached: none comes back")},
            {{.state = LinkState::Carries}, LinkLegend::tr("carries one back once a pass gets there")},
            {{.state = LinkState::Carried, .norm = 1}, LinkLegend::tr("carried one back, of norm 1")},
            {{.state = LinkState::Carried, .norm = 1e4}, LinkLegend::tr("of norm 10\u2074, a power of ten is half a pixel")},
            {{.state = LinkState::Carried, .norm = 1e-7}, LinkLegend::tr("of norm 10\u207b\u2077 or exactly 0")},
            {{.state = LinkState::Flowing, .norm = 1}, LinkLegend::tr("carries one back in this step")},
            {{.state = LinkState::Carries, .isValueBad = true}, LinkLegend::tr("NaN or Inf goes forward")},
            {{.state = LinkState::Carried, .isValueBad = true, .norm = 1}, LinkLegend::tr("and the gradient is finite")},
            {{.state = LinkState::Carried, .isGradientBad = true}, LinkLegend::tr("NaN or Inf came back")},
            {{.state = LinkState::NotYet}, LinkLegend::tr("not computed yet at this step")}};
}

}  // namespace

LinkLegend::LinkLegend(QWidget* canvas) : QWidget(canvas)
{
    setObjectName(QStringLiteral("legend"));
    setAccessibleName(tr("Legend of links"));
    QStringList words;
    for (const Row& row : rows())
        words << row.text;
    setAccessibleDescription(words.join(QStringLiteral("; ")));
    setCursor(Qt::ArrowCursor);
    canvas->installEventFilter(this);
    connect(&Appearance::instance(), &Appearance::changed, this, qOverload<>(&QWidget::update));
    hide();
}

QSize LinkLegend::sizeHint() const
{
    const QFontMetrics metrics(fonts::text(12));
    int widest = 0;
    for (const Row& row : rows())
        widest = std::max(widest, metrics.horizontalAdvance(row.text));
    return {3 * padding + sampleWidth + widest, 2 * padding + 24 + rowHeight * int(rows().size())};
}

void LinkLegend::place()
{
    const QSize size = sizeHint();
    setGeometry(QRect(QPoint(fromCorner, parentWidget()->height() - size.height() - fromCorner), size));
}

void LinkLegend::showEvent(QShowEvent*)
{
    place();
    raise();
}

bool LinkLegend::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize)
        place();
    return QWidget::eventFilter(watched, event);
}

void LinkLegend::mousePressEvent(QMouseEvent*)
{
    hide();
    Q_EMIT closed();
}

void LinkLegend::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), metrics::nodeRadius, metrics::nodeRadius);
    painter.setFont(fonts::text(13, QFont::DemiBold));
    painter.setPen(theme.text);
    painter.drawText(QRectF(padding, padding - 2, width(), 20), Qt::AlignVCenter, tr("Links"));
    qreal middle = padding + 24 + rowHeight / 2.0;
    for (const Row& row : rows()) {
        const QPolygonF points({QPointF(padding, middle), QPointF(padding + sampleWidth, middle)});
        LinkPainter::paintSample(painter, theme, points, row.flow);
        painter.setFont(fonts::text(12));
        painter.setPen(theme.text);
        painter.drawText(QRectF(2 * padding + sampleWidth, middle - rowHeight / 2.0, width(), rowHeight),
                         Qt::AlignVCenter, row.text);
        middle += rowHeight;
    }
}

}  // namespace chainrule
