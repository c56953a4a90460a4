// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tensor_drag.h"

#include "engine/io/npy.h"
#include "widgets/theme/appearance.h"

#include <QCoreApplication>
#include <QDir>
#include <QDrag>
#include <QPainter>
#include <QTemporaryDir>
#include <QUrl>

#include <memory>

namespace chainrule {
namespace {

const QString uriList = QStringLiteral("text/uri-list");

/// A folder of its own for each file, so that each keeps its plain name.
QString freshFolder()
{
    static std::unique_ptr<QTemporaryDir> root;
    static int count = 0;
    if (!root) {
        root = std::make_unique<QTemporaryDir>(QDir::tempPath() + QStringLiteral("/chainrule-XXXXXX"));
        qAddPostRoutine([] { root.reset(); });
    }
    const QString folder = root->filePath(QString::number(++count));
    return QDir().mkpath(folder) ? folder : QString();
}

QPixmap picture(const QString& text, const QWidget& widget)
{
    const Theme& theme = Appearance::instance().theme();
    const QFont font = fonts::numbers(12);
    const QSize size = QFontMetrics(font).size(Qt::TextSingleLine, text) + QSize(24, 12);
    QPixmap pixmap(size * widget.devicePixelRatioF());
    pixmap.setDevicePixelRatio(widget.devicePixelRatioF());
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme.nodeLine);
    painter.setBrush(theme.node);
    painter.drawRoundedRect(QRectF(QPointF(), size).adjusted(.5, .5, -.5, -.5), metrics::controlRadius,
                            metrics::controlRadius);
    painter.setFont(font);
    painter.setPen(theme.text);
    painter.drawText(QRect(QPoint(), size), Qt::AlignCenter, text);
    return pixmap;
}

}  // namespace

TensorMimeData::TensorMimeData(NamedTensor tensor) : m_tensor(std::move(tensor)) {}

bool TensorMimeData::hasFormat(const QString& type) const
{
    return type == uriList;
}

QStringList TensorMimeData::formats() const
{
    return {uriList};
}

QVariant TensorMimeData::retrieveData(const QString& type, QMetaType) const
{
    if (type != uriList)
        return {};
    if (m_file.isEmpty()) {
        const QString folder = freshFolder();
        const QString file = folder + QLatin1Char('/') + QString::fromStdString(m_tensor.fileName);
        if (folder.isEmpty() || writeNpy(file.toStdString(), m_tensor.tensor))
            return {};
        m_file = file;
    }
    return QVariantList{QUrl::fromLocalFile(m_file)};
}

void dragOut(NamedTensor tensor, QWidget* from)
{
    auto* const drag = new QDrag(from);
    drag->setPixmap(picture(QString::fromStdString(tensor.fileName), *from));
    drag->setMimeData(new TensorMimeData(std::move(tensor)));
    drag->exec(Qt::CopyAction);
}

}  // namespace chainrule
