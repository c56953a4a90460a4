// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/player/stops_bar.h"

#include "widgets/theme/label.h"
#include "widgets/theme/number_field.h"
#include "widgets/theme/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>

namespace chainrule {
namespace {

QCheckBox* switchFor(const char* name, const QString& text, const QString& help, QWidget* parent)
{
    auto* const box = new QCheckBox(text, parent);
    box->setObjectName(QLatin1String(name));
    box->setToolTip(help);
    box->setAccessibleName(help);
    return box;
}

}  // namespace

StopsBar::StopsBar(QWidget* parent)
    : QWidget(parent),
      m_notFinite(switchFor("breakOnNaN", tr("NaN or Inf"), tr("Break on NaN or Inf"), this)),
      m_norm(switchFor("breakOnNorm", tr("norm >"), tr("Break on a norm above the number"), this)),
      m_limit(new NumberField(this))
{
    m_limit->setObjectName(QStringLiteral("breakNorm"));
    m_limit->setAccessibleName(tr("Norm to break on"));
    m_limit->setToolTip(tr("Play stops where a gradient's norm is larger."));
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    auto* const row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(metrics::step);
    row->addWidget(new Label(Label::Role::Secondary, tr("break on"), this));
    row->addSpacing(metrics::step);
    row->addWidget(m_notFinite);
    row->addSpacing(metrics::step);
    row->addWidget(m_norm);
    row->addWidget(m_limit);
    show(m_stops);
    connect(m_notFinite, &QCheckBox::clicked, this, &StopsBar::take);
    connect(m_norm, &QCheckBox::clicked, this, &StopsBar::take);
    connect(m_limit, &NumberField::valueEdited, this, &StopsBar::takeNorm);
}

void StopsBar::show(const Stops& stops)
{
    m_stops = stops;
    m_notFinite->setChecked(stops.atNotFinite);
    m_norm->setChecked(stops.atNorm);
    m_limit->setValue(stops.norm);
}

void StopsBar::take()
{
    m_stops.atNotFinite = m_notFinite->isChecked();
    m_stops.atNorm = m_norm->isChecked();
    Q_EMIT edited(m_stops);
}

void StopsBar::takeNorm(double norm)
{
    m_stops.norm = norm;
    m_stops.atNorm = true;  // Nobody types a number in order not to use it.
    show(m_stops);
    Q_EMIT edited(m_stops);
}

}  // namespace chainrule
