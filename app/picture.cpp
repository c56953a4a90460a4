// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/picture.h"

#include "engine/io/file.h"

#include <QBuffer>
#include <QPainter>
#include <QSvgGenerator>

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal longestSide = 16000;  // Qt refuses to paint on images beyond 32767.

}  // namespace

QImage imageOf(CanvasPicture picture, const Theme& theme, qreal scale)
{
    const QSizeF size = picture.size();
    scale = std::min(scale, longestSide / std::max(size.width(), size.height()));
    QImage image((size * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        return image;
    image.fill(theme.canvas);
    QPainter painter(&image);
    picture.paint(painter, theme, scale);
    return image;
}

QByteArray svgOf(CanvasPicture picture, const Theme& theme)
{
    const QRectF area(QPointF(), picture.size());
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(area.size().toSize());
    generator.setViewBox(area);
    generator.setTitle(QStringLiteral("Chainrule"));
    QPainter painter(&generator);
    picture.paint(painter, theme);
    painter.end();
    return bytes;
}

QByteArray pngBytes(const QImage& image)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    return image.save(&buffer, "PNG") ? bytes : QByteArray();
}

Failure writePng(const std::filesystem::path& file, const QImage& image)
{
    const QByteArray bytes = pngBytes(image);
    if (bytes.isEmpty())
        return fileError("cannot write " + file.string() + ": the picture is too large");
    return saveAtomically(file, std::as_bytes(std::span(bytes.constData(), std::size_t(bytes.size()))));
}

}  // namespace chainrule
