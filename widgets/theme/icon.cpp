// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/appearance.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <cmath>

namespace chainrule {
namespace {

QColor colour(const Theme& theme, IconRole role, QIcon::Mode mode)
{
    if (mode == QIcon::Disabled)
        return theme.faint;
    switch (role) {
    case IconRole::Text: return theme.text;
    case IconRole::Secondary: return theme.secondary;
    case IconRole::OnPrimary: return theme.onPrimary;
    case IconRole::Value: return theme.value;
    case IconRole::Gradient: return theme.gradient;
    case IconRole::Error: return theme.error;
    }
    return theme.text;
}

constexpr char missing[] = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none"
    stroke="currentColor" stroke-width="2"><path d="M3 3h18v18H3zM3 3l18 18M21 3L3 21"/></svg>)";

/// Draws the file anew for each size, and asks for the theme's colour only then.
class SvgIcon final : public QIconEngine {
public:
    SvgIcon(QString name, IconRole role) : m_name(std::move(name)), m_role(role)
    {
        QFile file(QStringLiteral(":/icons/%1.svg").arg(m_name));
        m_svg = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray(missing);
        if (!file.isOpen())
            qWarning("There is no icon \"%s\".", qPrintable(m_name));
    }

    void paint(QPainter* painter, const QRect& area, QIcon::Mode mode, QIcon::State) override
    {
        const QColor tint = colour(Appearance::instance().theme(), m_role, mode);
        QSvgRenderer renderer(QByteArray(m_svg).replace("currentColor", tint.name().toLatin1()));
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        renderer.render(painter, area);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1);
    }
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        if (size.isEmpty())
            return {};  // A widget that has no size yet asks, too; nothing can be painted on such a pixmap.
        const QString key = QStringLiteral("%1 %2 %3 %4").arg(m_name).arg(size.width()).arg(size.height())
            + colour(Appearance::instance().theme(), m_role, mode).name();
        QPixmap pixmap;
        if (QPixmapCache::find(key, &pixmap))
            return pixmap;
        pixmap = QPixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        painter.end();
        QPixmapCache::insert(key, pixmap);
        return pixmap;
    }
    QIconEngine* clone() const override { return new SvgIcon(*this); }

private:
    QString m_name;
    IconRole m_role;
    QByteArray m_svg;
};

}  // namespace

QIcon icon(const QString& name, IconRole role)
{
    return QIcon(new SvgIcon(name, role));
}

}  // namespace chainrule
