// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/summarizer.h"

#include <QMetaObject>

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

Summarizer::~Summarizer()
{
    const std::scoped_lock lock(m_mutex);
    m_running.request_stop();
    m_thread.request_stop();
}

void Summarizer::request(std::vector<Tensor> tensors)
{
    const std::uint64_t serial = ++m_serial;
    const auto elements = [&] {
        std::int64_t sum = 0;
        for (const Tensor& tensor : tensors)
            sum += tensor.size();
        return sum;
    };
    const bool isLarge = elements() > mostAtOnce;
    {
        const std::scoped_lock lock(m_mutex);
        m_running.request_stop();
        m_mailbox.reset();
        if (isLarge)
            m_mailbox = Mail{.serial = serial, .tensors = tensors};
    }
    if (!isLarge) {
        if (!tensors.empty())
            Q_EMIT finished(summariesOf(tensors, {}));
        return;
    }
    if (!m_thread.joinable())
        m_thread = std::jthread([this](const std::stop_token& quit) { run(quit); });
    m_wake.notify_one();
}

void Summarizer::run(const std::stop_token& quit)
{
    while (true) {
        Mail mail;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, quit, [this] { return m_mailbox.has_value(); });
            if (quit.stop_requested())
                return;
            mail = *std::exchange(m_mailbox, std::nullopt);
            m_running = mail.stop;
        }
        auto summaries = summariesOf(mail.tensors, mail.stop.get_token());
        if (mail.stop.stop_requested())
            continue;
        QMetaObject::invokeMethod(
            this, [this, serial = mail.serial, summaries = std::move(summaries)] { deliver(serial, summaries); },
            Qt::QueuedConnection);
    }
}

void Summarizer::deliver(std::uint64_t serial, const std::vector<Summary>& summaries)
{
    if (serial == m_serial)
        Q_EMIT finished(summaries);
}

}  // namespace chainrule
