// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/distribution.h"

#include <QColor>
#include <QWidget>

#include <memory>

namespace chainrule {

/// Bars of a distribution, NaN, Inf and zeros counted apart in words above it.
class Histogram : public QWidget {
    Q_OBJECT
public:
    explicit Histogram(QWidget* parent = nullptr);
    ~Histogram() override;

    void show(const Distribution& distribution, const QColor& colour);
    void clear();

private:
    class Parts;
    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
