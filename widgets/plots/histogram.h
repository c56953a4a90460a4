// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/theme/theme.h"

#include <QWidget>

#include <cstdint>
#include <vector>

namespace chainrule {

/// How many elements of a tensor lie where. What has no place on the axis is counted apart.
struct Distribution {
    double from = 0;  ///< Of the first bar; to: of the last. Equal for a constant tensor: one bar.
    double to = 0;
    std::vector<std::int64_t> bars = {};  ///< Finite elements other than 0 too; zeros are in their bar.
    std::int64_t nans = 0;
    std::int64_t positiveInfinities = 0;
    std::int64_t negativeInfinities = 0;
    std::int64_t zeros = 0;
    std::int64_t count = 0;
    std::int64_t sampled = 0;  ///< How many elements the bars were made from, where not from all; else 0.
};

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
    Parts* m_parts;
};

}  // namespace chainrule
