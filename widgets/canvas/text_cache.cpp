// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/text_cache.h"

#include <QFontMetricsF>
#include <QPaintEngine>
#include <QTextLayout>
#include <QTextOption>

#include <cmath>

namespace chainrule {
namespace {

constexpr qsizetype mostTexts = 8192;

/// Qt cuts the places of glyphs down to 64ths of a pixel, towards zero, and then looks for the nearest whole pixel or
/// quarter of one. Where a place is just on a limit, or left of or above the image, the outcome would depend on where the
/// view has been panned. So a place is brought to the middle of its 64th, and kept off the limits before, by what no
/// coordinate is a multiple of.
qreal settled(qreal place)
{
    constexpr qreal offLimits = 0.00437;
    const qreal sixtyFourth = std::floor((place + offLimits) * 64);
    return (sixtyFourth + (sixtyFourth < 0 ? -0.5 : 0.5)) / 64;
}

}  // namespace

TextCache::TextCache(QFont font) : m_font(std::move(font))
{
    m_font.setHintingPreference(QFont::PreferNoHinting);  // The same widths at every scale.
}

const TextCache::Shaped& TextCache::shaped(const QString& text)
{
    const auto known = m_shaped.constFind(text);
    if (known != m_shaped.constEnd())
        return *known;
    if (m_shaped.size() >= mostTexts)
        m_shaped.clear();
    QTextLayout layout(text, m_font);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    layout.endLayout();
    if (!line.isValid())
        return *m_shaped.insert(text, {{}, 0, 0});
    return *m_shaped.insert(text, {layout.glyphRuns(), line.ascent(), line.naturalTextWidth()});
}

void TextCache::draw(QPainter& painter, QPointF baseline, const QString& text)
{
    if (painter.paintEngine()->type() != QPaintEngine::Raster) {
        painter.setFont(m_font);
        painter.drawText(baseline, text);
        return;
    }
    const Shaped& shaped = this->shaped(text);
    const QTransform toDevice = painter.deviceTransform();
    const QTransform fromDevice = toDevice.inverted();
    for (QGlyphRun run : shaped.runs) {
        QList<QPointF> places = run.positions();
        for (QPointF& place : places) {
            const QPointF onDevice = toDevice.map(place + baseline - QPointF(0, shaped.ascent));
            place = fromDevice.map(QPointF(settled(onDevice.x()), settled(onDevice.y())));
        }
        run.setPositions(places);
        painter.drawGlyphRun({}, run);
    }
}

void TextCache::drawCentred(QPainter& painter, QPointF middleOfBaseline, const QString& text)
{
    draw(painter, middleOfBaseline - QPointF(width(text) / 2, 0), text);
}

void TextCache::drawRight(QPainter& painter, QPointF endOfBaseline, const QString& text)
{
    draw(painter, endOfBaseline - QPointF(width(text), 0), text);
}

QString TextCache::elided(const QString& text, qreal width)
{
    if (this->width(text) <= width)
        return text;
    const std::pair key(text, int(width));
    const auto known = m_elided.constFind(key);
    if (known != m_elided.constEnd())
        return *known;
    if (m_elided.size() >= mostTexts)
        m_elided.clear();
    return *m_elided.insert(key, QFontMetricsF(m_font).elidedText(text, Qt::ElideRight, int(width)));
}

QStringList TextCache::wrapped(const QString& text, qreal width, int lines)
{
    QTextLayout layout(text, m_font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    QStringList broken;
    layout.beginLayout();
    while (int(broken.size()) < lines) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(width);
        const bool isLast = int(broken.size()) + 1 == lines;
        broken << (isLast ? elided(text.mid(line.textStart()), width)
                          : text.mid(line.textStart(), line.textLength()).trimmed());
    }
    layout.endLayout();
    return broken;
}

}  // namespace chainrule
