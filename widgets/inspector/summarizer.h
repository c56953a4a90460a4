// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/distribution.h"
#include "engine/tensor/statistics.h"
#include "widgets/inspector/latest_job.h"

#include <QObject>

#include <optional>
#include <vector>

namespace chainrule {

/// What can be said about a tensor without showing it.
struct Summary {
    Statistics statistics;
    Distribution distribution;

    /// Of the finite elements; absent where there are none.
    std::optional<double> largest() const;
};

/// Summarizes tensors: small ones at once, large ones as a LatestJob.
class Summarizer : public QObject {
    Q_OBJECT
public:
    explicit Summarizer(QObject* parent = nullptr);

    /// One summary for each tensor. Without tensors there is no answer.
    void request(std::vector<Tensor> tensors);

Q_SIGNALS:
    /// Of the newest request; in its order.
    void finished(const std::vector<chainrule::Summary>& summaries);

private:
    LatestJob m_job;
};

}  // namespace chainrule
