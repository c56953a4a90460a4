// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace chainrule {

/// Does work on a thread of its own, where the newest piece stops the one before. What comes of it is handed over on the
/// thread that asked, and of the newest alone.
class LatestJob : public QObject {
    Q_OBJECT
public:
    using Delivery = std::function<void()>;
    /// Must not touch what other threads change; its delivery may.
    using Work = std::function<Delivery(const std::stop_token&)>;
    enum class Size { Small, Large };

    explicit LatestJob(QObject* parent = nullptr);
    ~LatestJob() override;

    /// Small work, which takes less than a frame, is done and delivered at once.
    void start(Size size, Work work);
    /// Nothing is delivered any more.
    void cancel();

private:
    struct Mail {
        std::uint64_t serial = 0;
        Work work = {};
        std::stop_source stop = {};
    };

    void run(const std::stop_token& quit);

    std::uint64_t m_serial = 0;  // Of the newest work; the asking thread's.
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Mail> m_mailbox;
    std::stop_source m_running{std::nostopstate};
    std::jthread m_thread;  // Last: it uses the others. Begins with the first large work.
};

}  // namespace chainrule
