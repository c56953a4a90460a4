// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/theme.h"

#include <QIcon>
#include <QObject>

namespace chainrule {

/// Which theme the program wears: the application's palette, style sheet and icons follow it. There is one, as
/// there is one QApplication. Holds no setting: who wants the choice kept keeps it.
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

    Choice m_choice = Choice::System;
    const Theme* m_theme;
};

/// One of our own icons (resources/icons/NAME.svg) in the theme's colours, sharp at every scale.
QIcon icon(const QString& name);

}  // namespace chainrule
