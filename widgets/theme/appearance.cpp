// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/appearance.h"

#include "widgets/theme/control_style.h"
#include "widgets/theme/style_sheet.h"
#include "widgets/theme/system_scheme.h"

#include <QApplication>
#include <QEvent>
#include <QWidget>

namespace chainrule {

Appearance& Appearance::instance()
{
    static Appearance* const appearance = new Appearance;  // The application's child, which deletes it.
    return *appearance;
}

Appearance::Appearance() : QObject(QCoreApplication::instance()), m_system(new SystemScheme(this))
{
    QApplication::setStyle(new ControlStyle);
    QApplication::setFont(fonts::text(13));
    connect(m_system, &SystemScheme::changed, this, &Appearance::update);
    QCoreApplication::instance()->installEventFilter(this);
    update();
}

void Appearance::choose(Choice choice)
{
    m_choice = choice;
    update();
}

bool Appearance::eventFilter(QObject* watched, QEvent* event)
{
    // Qt tells windows that the desktop's theme has changed; the palette stays ours meanwhile.
    if (event->type() == QEvent::ThemeChange && watched->isWindowType() && !m_isUpdating)
        QMetaObject::invokeMethod(this, &Appearance::lookAtSystem, Qt::QueuedConnection);
    return false;
}

void Appearance::lookAtSystem()
{
    m_isUpdating = true;
    QApplication::setPalette(QPalette());  // The system's, for a moment.
    m_system->guess();
    QApplication::setPalette(palette(*m_theme));
    m_isUpdating = false;
    update();
}

void Appearance::update()
{
    const bool isDark = m_choice == Choice::System ? m_system->isDark() : m_choice == Choice::Dark;
    const Theme& theme = isDark ? darkTheme() : lightTheme();
    if (&theme == m_theme)
        return;
    m_theme = &theme;
    m_isUpdating = true;
    QApplication::setPalette(palette(theme));
    static_cast<QApplication*>(QCoreApplication::instance())->setStyleSheet(styleSheet(theme));
    m_isUpdating = false;
    for (QWidget* const widget : QApplication::allWidgets())
        widget->update();
    Q_EMIT changed();
}

}  // namespace chainrule
