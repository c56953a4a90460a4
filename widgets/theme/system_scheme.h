// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusVariant>
#include <QObject>

#include <optional>

namespace chainrule {

/// Whether the desktop is dark: what the settings portal says (freedesktop's `color-scheme`, as GNOME, KDE and others
/// give it); until it answers, or where there is none, the palette that Qt found and GTK's theme. Qt 6.4 has no
/// question for it.
class SystemScheme : public QObject {
    Q_OBJECT
public:
    /// Looks at the application's palette, so it is made before that is changed.
    explicit SystemScheme(QObject* parent);

    bool isDark() const { return m_portal.value_or(m_guess); }
    /// Looks at the palette again, which must be the system's.
    void guess();

Q_SIGNALS:
    void changed();

private:
    Q_SLOT void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);
    void askPortal();
    void take(const QVariant& scheme);

    bool m_guess = false;
    std::optional<bool> m_portal;
};

}  // namespace chainrule
