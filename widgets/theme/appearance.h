// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/theme.h"

#include <QIcon>
#include <QObject>

namespace chainrule {

class SystemScheme;

/// Which theme the program wears: the application's palette, style sheet and icons follow it. There is one, as
/// there is one QApplication. Holds no setting: who wants the choice kept keeps it.
///
/// A QToolButton or QPushButton is the filled one with the property `primary`, without a frame with `flat`; a line
/// edit or spin box shows an error with `invalid`.
class Appearance : public QObject {
    Q_OBJECT
public:
    enum class Choice { System, Light, Dark };

    static Appearance& instance();

    const Theme& theme() const { return *m_theme; }
    Choice choice() const { return m_choice; }
    /// System follows what the desktop says, also when that changes.
    void choose(Choice choice);

Q_SIGNALS:
    void changed();

private:
    Appearance();
    bool eventFilter(QObject* watched, QEvent* event) override;
    void update();
    void lookAtSystem();

    Choice m_choice = Choice::System;
    const Theme* m_theme = nullptr;
    SystemScheme* m_system;
    bool m_isUpdating = false;
};

/// What an icon stands on or for, which decides its colour.
enum class IconRole { Text, Secondary, OnPrimary, Value, Gradient, Error };

/// One of our own icons (resources/icons/NAME.svg) in the theme's colours, also after the theme has changed, and
/// sharp at every scale. One that there is not shows as a crossed square, so that it is noticed.
QIcon icon(const QString& name, IconRole role = IconRole::Text);

}  // namespace chainrule
