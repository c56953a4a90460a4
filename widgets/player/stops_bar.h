// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/player/stops.h"

#include <QWidget>

class QCheckBox;

namespace chainrule {

class NumberField;

/// "break on  NaN or Inf  norm > 1e3": two switches and a number.
class StopsBar : public QWidget {
    Q_OBJECT
public:
    explicit StopsBar(QWidget* parent = nullptr);

    void show(const Stops& stops);
    const Stops& stops() const { return m_stops; }

Q_SIGNALS:
    void edited(const chainrule::Stops& stops);

private:
    void take();
    void takeNorm(double norm);

    Stops m_stops;
    QCheckBox* m_notFinite;
    QCheckBox* m_norm;
    NumberField* m_limit;
};

}  // namespace chainrule
