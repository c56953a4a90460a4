// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tensor_drag.h"

#include "engine/io/npy.h"
#include "widgets/theme/appearance.h"

#include <QCoreApplication>
#include <QDir>
#include <QDrag>
#include <QPainter>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QUrl>

#include <future>
#include <memory>

namespace chainrule {
namespace {

constexpr std::int64_t largeSize = 100'000;  // Of this many elements on, a frame is too short to write them in.
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

QString fileFor(const NamedTensor& tensor)
{
    const QString folder = freshFolder();
    return folder.isEmpty() ? folder : folder + QLatin1Char('/') + QString::fromStdString(tensor.fileName);
}

}  // namespace

TensorMimeData::TensorMimeData(NamedTensor tensor) : m_tensor(std::move(tensor))
{
    if (m_tensor.tensor.size() < largeSize)
        return;
    const auto written = std::make_shared<std::promise<QString>>();
    m_file = written->get_future();
    QThreadPool::globalInstance()->start([written, tensor = m_tensor.tensor, file = fileFor(m_tensor)] {
        written->set_value(file.isEmpty() || writeNpy(file.toStdString(), tensor) ? QString() : file);
    });
}

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
    if (!m_file.valid()) {
        const QString file = fileFor(m_tensor);
        std::promise<QString> written;
        m_file = written.get_future();
        written.set_value(file.isEmpty() || writeNpy(file.toStdString(), m_tensor.tensor) ? QString() : file);
    }
    const QString file = m_file.get();
    return file.isEmpty() ? QVariant() : QVariantList{QUrl::fromLocalFile(file)};
}

void dragOut(NamedTensor tensor, QWidget* from)
{
    auto* const drag = new QDrag(from);
    drag->setPixmap(picture(QString::fromStdString(tensor.fileName), *from));
    drag->setMimeData(new TensorMimeData(std::move(tensor)));
    drag->exec(Qt::CopyAction);
}

}  // namespace chainrule
