// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings.h"

#include <QSettings>

namespace chainrule::settings {
namespace {

constexpr qsizetype mostRecentFiles = 12;
const QString themeKey = QStringLiteral("theme");
const QString wheelKey = QStringLiteral("wheel");
const QString autoRunKey = QStringLiteral("autoRun");
const QString stopNotFiniteKey = QStringLiteral("stops/notFinite");
const QString stopNormKey = QStringLiteral("stops/atNorm");
const QString stopLimitKey = QStringLiteral("stops/norm");
const QString gradientsKey = QStringLiteral("gradientsOnLinks");
const QString checksKey = QStringLiteral("checkGradients");
const QString vanishingKey = QStringLiteral("health/vanishingBelow");
const QString explodingKey = QStringLiteral("health/explodingAbove");
const QString recentKey = QStringLiteral("recentFiles");
const QString geometryKey = QStringLiteral("window/geometry");
const QString docksKey = QStringLiteral("window/docks");
const QString backwardGraphKey = QStringLiteral("window/backwardGraph");

/// What is no positive number is as if it were not there.
double positive(const QString& key, double otherwise)
{
    bool isNumber = false;
    const double value = QSettings().value(key).toDouble(&isNumber);
    return isNumber && value > 0 ? value : otherwise;
}

}  // namespace

Appearance::Choice theme()
{
    const QString text = QSettings().value(themeKey).toString();
    if (text == QLatin1String("light"))
        return Appearance::Choice::Light;
    return text == QLatin1String("dark") ? Appearance::Choice::Dark : Appearance::Choice::System;
}

void setTheme(Appearance::Choice choice)
{
    QString text = QStringLiteral("system");
    if (choice != Appearance::Choice::System)
        text = choice == Appearance::Choice::Light ? QStringLiteral("light") : QStringLiteral("dark");
    QSettings().setValue(themeKey, text);
}

GraphView::Wheel wheel()
{
    const bool scrolls = QSettings().value(wheelKey).toString() == QLatin1String("scrolls");
    return scrolls ? GraphView::Wheel::Scrolls : GraphView::Wheel::Zooms;
}

void setWheel(GraphView::Wheel wheel)
{
    const bool scrolls = wheel == GraphView::Wheel::Scrolls;
    QSettings().setValue(wheelKey, scrolls ? QStringLiteral("scrolls") : QStringLiteral("zooms"));
}

bool showsGradients()
{
    return QSettings().value(gradientsKey, true).toBool();
}

void setShowsGradients(bool shows)
{
    QSettings().setValue(gradientsKey, shows);
}

bool checksGradients()
{
    return QSettings().value(checksKey, true).toBool();
}

void setChecksGradients(bool checks)
{
    QSettings().setValue(checksKey, checks);
}

bool isAutoRun()
{
    return QSettings().value(autoRunKey, true).toBool();
}

void setAutoRun(bool isAutoRun)
{
    QSettings().setValue(autoRunKey, isAutoRun);
}

Stops stops()
{
    const QSettings settings;
    return {.atNotFinite = settings.value(stopNotFiniteKey, false).toBool(),
            .atNorm = settings.value(stopNormKey, false).toBool(),
            .norm = positive(stopLimitKey, Stops().norm)};
}

void setStops(const Stops& stops)
{
    QSettings settings;
    settings.setValue(stopNotFiniteKey, stops.atNotFinite);
    settings.setValue(stopNormKey, stops.atNorm);
    settings.setValue(stopLimitKey, stops.norm);
}

HealthOptions healthLimits()
{
    HealthOptions limits;
    limits.vanishingBelow = positive(vanishingKey, limits.vanishingBelow);
    limits.explodingAbove = positive(explodingKey, limits.explodingAbove);
    return limits;
}

void setHealthLimits(const HealthOptions& limits)
{
    QSettings settings;
    settings.setValue(vanishingKey, limits.vanishingBelow);
    settings.setValue(explodingKey, limits.explodingAbove);
}

QStringList recentFiles()
{
    return QSettings().value(recentKey).toStringList();
}

void addRecentFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    QSettings().setValue(recentKey, QStringList(files.mid(0, mostRecentFiles)));
}

void removeRecentFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    QSettings().setValue(recentKey, files);
}

void clearRecentFiles()
{
    QSettings().remove(recentKey);
}

QByteArray geometry()
{
    return QSettings().value(geometryKey).toByteArray();
}

QByteArray docks()
{
    return QSettings().value(docksKey).toByteArray();
}

QByteArray backwardGraph()
{
    return QSettings().value(backwardGraphKey).toByteArray();
}

void setWindow(const QByteArray& geometry, const QByteArray& docks, const QByteArray& backwardGraph)
{
    QSettings settings;
    settings.setValue(geometryKey, geometry);
    settings.setValue(docksKey, docks);
    settings.setValue(backwardGraphKey, backwardGraph);
}

}  // namespace chainrule::settings
