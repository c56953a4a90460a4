// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/health.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/player/stops.h"
#include "widgets/theme/appearance.h"

#include <QByteArray>
#include <QStringList>

/// What the program remembers from one start to the next, in the file that the desktop gives it for that.
namespace chainrule::settings {

Appearance::Choice theme();
void setTheme(Appearance::Choice choice);

GraphView::Wheel wheel();
void setWheel(GraphView::Wheel wheel);

/// Whether links are drawn by what they do in the backward pass.
bool showsGradients();
void setShowsGradients(bool shows);

/// Whether gradients are compared with central differences.
bool checksGradients();
void setChecksGradients(bool checks);

bool isAutoRun();
void setAutoRun(bool isAutoRun);

/// Which numbers the player stops at. Marks on nodes are each window's own and go with it.
Stops stops();
void setStops(const Stops& stops);

/// Below and above which norms gradients vanish and explode.
HealthOptions healthLimits();
void setHealthLimits(const HealthOptions& limits);

/// Newest first, absolute paths; whether they are still there is not looked at.
QStringList recentFiles();
void addRecentFile(const QString& path);
void removeRecentFile(const QString& path);
void clearRecentFiles();

/// Of the window that was closed last.
QByteArray geometry();
QByteArray docks();
QByteArray backwardGraph();  ///< MirrorPanel::arrangement().
void setWindow(const QByteArray& geometry, const QByteArray& docks, const QByteArray& backwardGraph);

}  // namespace chainrule::settings
