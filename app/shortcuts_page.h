// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace chainrule {

/// Every command with its keys and what it does, by menu; and what the mouse does on the canvas.
class ShortcutsPage : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutsPage(QWidget* parent = nullptr);
};

}  // namespace chainrule
