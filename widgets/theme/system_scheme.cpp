// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme/system_scheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QPalette>

namespace chainrule {
namespace {

const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString interface = QStringLiteral("org.freedesktop.portal.Settings");
const QString space = QStringLiteral("org.freedesktop.appearance");
const QString key = QStringLiteral("color-scheme");

}  // namespace

SystemScheme::SystemScheme(QObject* parent) : QObject(parent)
{
    guess();
    // Without an address D-Bus would start a bus of its own, which has no portal.
    if (qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS"))
        askPortal();
}

void SystemScheme::guess()
{
    const QPalette palette = QGuiApplication::palette();
    const bool isPaletteDark =
        palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
    m_guess = isPaletteDark || qEnvironmentVariable("GTK_THEME").contains(QLatin1String("dark"), Qt::CaseInsensitive);
}

void SystemScheme::askPortal()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(service, path, interface, QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage read = QDBusMessage::createMethodCall(service, path, interface, QStringLiteral("Read"));
    read << space << key;
    auto* const watcher = new QDBusPendingCallWatcher(bus.asyncCall(read), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isValid())
            take(reply.value().variant());
        watcher->deleteLater();
    });
}

void SystemScheme::settingChanged(const QString& changedSpace, const QString& changedKey, const QDBusVariant& value)
{
    if (changedSpace == space && changedKey == key)
        take(value.variant());
}

void SystemScheme::take(const QVariant& scheme)
{
    // "Read" wraps its answer twice.
    const QVariant inner = scheme.canConvert<QDBusVariant>() ? scheme.value<QDBusVariant>().variant() : scheme;
    const uint number = inner.toUInt();
    const bool before = isDark();
    m_portal = number == 0 ? std::nullopt : std::optional(number == 1);  // 0: no preference, 1: dark, 2: light.
    if (isDark() != before)
        Q_EMIT changed();
}

}  // namespace chainrule
