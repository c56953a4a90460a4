// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QGlyphRun>
#include <QHash>
#include <QList>
#include <QPainter>
#include <QString>

namespace chainrule {

/// Short texts in one font, shaped once: shaping costs more than drawing, and the same names and numbers are drawn in
/// every frame. Where a painter makes vectors the text stays text.
class TextCache {
public:
    explicit TextCache(QFont font);

    const QFont& font() const { return m_font; }
    /// In the painter's pen; `baseline` is where the text begins.
    void draw(QPainter& painter, QPointF baseline, const QString& text);
    void drawCentred(QPainter& painter, QPointF middleOfBaseline, const QString& text);
    void drawRight(QPainter& painter, QPointF endOfBaseline, const QString& text);
    qreal width(const QString& text) { return shaped(text).width; }
    /// With "…" where it is wider than that.
    QString elided(const QString& text, qreal width);
    /// Broken between words into at most `lines` lines, the last one elided.
    QStringList wrapped(const QString& text, qreal width, int lines);

private:
    struct Shaped {
        QList<QGlyphRun> runs;
        qreal ascent;
        qreal width;
    };
    const Shaped& shaped(const QString& text);

    QFont m_font;
    QHash<QString, Shaped> m_shaped;
    QHash<std::pair<QString, int>, QString> m_elided;
};

}  // namespace chainrule
