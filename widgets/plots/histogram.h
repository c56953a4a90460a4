// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/distribution.h"

#include <QWidget>

#include <memory>

namespace chainrule {

/// Bars of a distribution. NaN, Inf and zeros are counted apart: in words above, and where there are any as bars of
/// their own beside the axis. A constant is one bar; without a finite element there is none.
class Histogram : public QWidget {
    Q_OBJECT
public:
    enum class Hue { Value, Gradient };
    explicit Histogram(Hue hue, QWidget* parent = nullptr);
    ~Histogram() override;

    void show(const Distribution& distribution);
    void clear();
    const Distribution& distribution() const;

    /// What stands above the bars: "NaN 3   Inf 0   zero 12".
    QString counts() const;
    /// What the bar at a place says: "0.1 … 0.2: 23 elements, 4 %"; empty where there is none.
    QString barText(QPoint position) const;

protected:
    bool event(QEvent* event) override;

private:
    class Parts;

    void draw();
    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
