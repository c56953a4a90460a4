// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/graph_view.h"
#include "widgets/theme/appearance.h"

#include <QByteArray>
#include <QStringList>

/// What the program remembers from one start to the next, in the file that the desktop gives it for that.
namespace chainrule::settings {

Appearance::Choice theme();
void setTheme(Appearance::Choice choice);

GraphView::Wheel wheel();
void setWheel(GraphView::Wheel wheel);

bool isAutoRun();
void setAutoRun(bool isAutoRun);

/// Newest first, absolute paths; whether they are still there is not looked at.
QStringList recentFiles();
void addRecentFile(const QString& path);
void removeRecentFile(const QString& path);
void clearRecentFiles();

/// Of the window that was closed last.
QByteArray geometry();
QByteArray docks();
void setWindow(const QByteArray& geometry, const QByteArray& docks);

}  // namespace chainrule::settings
