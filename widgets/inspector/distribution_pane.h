// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/inspector/summarizer.h"
#include "widgets/plots/histogram.h"

#include <QWidget>

#include <memory>

namespace chainrule {

/// How a tensor's elements are distributed: a histogram and statistics.
class DistributionPane : public QWidget {
    Q_OBJECT
public:
    DistributionPane(Histogram::Hue hue, QWidget* parent);
    ~DistributionPane() override;

    void setTitle(const QString& title);
    void show(const Summary& summary, std::int64_t bytes);
    /// While it is being counted.
    void showPending();
    void showNothing(const QString& why);

private:
    class Parts;
    std::unique_ptr<Parts> m_parts;
};

}  // namespace chainrule
