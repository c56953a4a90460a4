// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/picture_command.h"
#include "app/settings.h"
#include "app/windows.h"
#include "engine/base/heap.h"
#include "widgets/theme/appearance.h"

#include <QApplication>
#include <QIcon>

int main(int argumentCount, char* arguments[])
{
    chainrule::keepFreeMemory();
    if (chainrule::isPictureCommand(argumentCount, arguments))
        return chainrule::pictureCommand(argumentCount, arguments);

    QApplication application(argumentCount, arguments);
    QApplication::setOrganizationName(QStringLiteral("Chainrule"));
    QApplication::setApplicationName(QStringLiteral("Chainrule"));
    QApplication::setApplicationVersion(QStringLiteral(CHAINRULE_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.chainrule.Chainrule"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/org.chainrule.Chainrule.svg")));

    chainrule::Appearance::instance().choose(chainrule::settings::theme());
    chainrule::Dialogs dialogs;
    chainrule::Windows windows(dialogs);
    const QStringList files = QApplication::arguments().mid(1);
    for (const QString& file : files)
        windows.open(file.toStdString());
    if (files.isEmpty())
        windows.openEmpty();
    return QApplication::exec();
}
