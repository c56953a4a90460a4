// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/summarizer.h"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr std::int64_t mostAtOnce = 20'000;  // Elements that take less than a frame.
constexpr int bins = 40;

Summary summaryOf(const Tensor& tensor, const std::stop_token& stop)
{
    return {statistics(tensor, stop), distribution(tensor, bins, stop)};
}

std::vector<Summary> summariesOf(const std::vector<Tensor>& tensors, const std::stop_token& stop)
{
    std::vector<Summary> summaries;
    for (const Tensor& tensor : tensors)
        summaries.push_back(summaryOf(tensor, stop));
    return summaries;
}

}  // namespace

std::optional<double> Summary::largest() const
{
    if (distribution.bars.empty())
        return std::nullopt;
    // Bars of integers reach beyond them; what is finite lies between min and max if those are.
    const double least = statistics.infinities > 0 ? distribution.from : as<double>(*statistics.min);
    const double most = statistics.infinities > 0 ? distribution.to : as<double>(*statistics.max);
    return std::max(std::abs(least), std::abs(most));
}

Summarizer::Summarizer(QObject* parent) : QObject(parent) {}

void Summarizer::request(std::vector<Tensor> tensors)
{
    if (tensors.empty())
        return m_job.cancel();
    std::int64_t elements = 0;
    for (const Tensor& tensor : tensors)
        elements += tensor.size();
    m_job.start(elements > mostAtOnce ? LatestJob::Size::Large : LatestJob::Size::Small,
                [this, tensors = std::move(tensors)](const std::stop_token& stop) -> LatestJob::Delivery {
                    return [this, summaries = summariesOf(tensors, stop)] { Q_EMIT finished(summaries); };
                });
}

}  // namespace chainrule
