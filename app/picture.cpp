// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/picture.h"

#include "engine/io/file.h"
#include "widgets/theme/appearance.h"

#include <QBuffer>
#include <QPainter>
#include <QSvgGenerator>

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal longestSide = 16000;  // Qt refuses to paint on images beyond 32767.

}  // namespace

QImage canvasImage(GraphView& view, qreal scale)
{
    const QSizeF size = view.pictureSize();
    scale = std::min(scale, longestSide / std::max(size.width(), size.height()));
    QImage image((size * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_ARGB32_Premultiplied);
    image.fill(Appearance::instance().theme().canvas);
    QPainter painter(&image);
    view.renderAll(painter, scale);
    return image;
}

QByteArray canvasSvg(GraphView& view)
{
    const QRectF area(QPointF(), view.pictureSize());
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(area.size().toSize());
    generator.setViewBox(area);
    generator.setTitle(QStringLiteral("Chainrule"));
    QPainter painter(&generator);
    painter.fillRect(area, Appearance::instance().theme().canvas);
    view.renderAll(painter);
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
