// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/latest_job.h"

#include <QMetaObject>

#include <utility>

namespace chainrule {

LatestJob::LatestJob(QObject* parent) : QObject(parent) {}

LatestJob::~LatestJob()
{
    const std::scoped_lock lock(m_mutex);
    m_running.request_stop();
    m_thread.request_stop();
}

void LatestJob::cancel()
{
    ++m_serial;
    const std::scoped_lock lock(m_mutex);
    m_running.request_stop();
    m_mailbox.reset();
}

void LatestJob::start(Size size, Work work)
{
    cancel();
    if (size == Size::Small)
        return work({})();
    {
        const std::scoped_lock lock(m_mutex);
        m_mailbox = Mail{.serial = m_serial, .work = std::move(work)};
    }
    if (!m_thread.joinable())
        m_thread = std::jthread([this](const std::stop_token& quit) { run(quit); });
    m_wake.notify_one();
}

void LatestJob::run(const std::stop_token& quit)
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
        Delivery delivery = mail.work(mail.stop.get_token());
        if (mail.stop.stop_requested())
            continue;
        const auto hand = [this, serial = mail.serial, delivery = std::move(delivery)] {
            if (serial == m_serial)
                delivery();
        };
        QMetaObject::invokeMethod(this, hand, Qt::QueuedConnection);
    }
}

}  // namespace chainrule
