// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/file_field.h"

#include "widgets/theme/appearance.h"

#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QToolButton>

namespace chainrule {
namespace {

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

}  // namespace

FileField::FileField(const Op& op, const Parameter& parameter, QWidget* parent)
    : AttributeField(op, parameter, parent), m_edit(new QLineEdit(this))
{
    m_edit->setObjectName(text(parameter.name));
    m_edit->setAccessibleName(text(parameter.name));
    m_edit->setAccessibleDescription(text(parameter.help));
    m_edit->setPlaceholderText(tr("no file"));
    auto* const choose = new QToolButton(this);
    choose->setObjectName(QStringLiteral("chooseFile"));
    choose->setIcon(icon(QStringLiteral("folder")));
    choose->setToolTip(tr("Choose a file…"));
    choose->setAccessibleName(choose->toolTip());
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addWidget(m_edit, 1);
    layout->addWidget(choose);
    setFocusProxy(m_edit);
    connect(m_edit, &QLineEdit::editingFinished, this, &FileField::finish);
    connect(choose, &QToolButton::clicked, this, &FileField::choose);
}

FileField::~FileField()
{
    // A field that loses the focus while it is destroyed would call back what is no longer there.
    for (QObject* const child : findChildren<QObject*>())
        child->disconnect(this);
}

void FileField::showValue()
{
    const auto* const path = given() ? std::get_if<std::string>(&*given()) : nullptr;
    m_edit->setText(path ? QString::fromStdString(*path) : QString());
}

void FileField::finish()
{
    if (m_edit->text().isEmpty())
        askForDefault();
    else
        ask(m_edit->text().toStdString());
}

void FileField::choose()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Choose an array"), m_folder,
                                                      tr("NumPy arrays (*.npy)"));
    if (path.isEmpty())
        return;
    const QString relative = QDir(m_folder).relativeFilePath(path);
    m_edit->setText(m_folder.isEmpty() || relative.startsWith(QLatin1String("../")) ? path : relative);
    finish();
}

}  // namespace chainrule
