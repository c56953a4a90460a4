// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/distribution.h"
#include "engine/tensor/statistics.h"

#include <QObject>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace chainrule {

/// What can be said about a tensor without showing it.
struct Summary {
    Statistics statistics;
    Distribution distribution;

    /// Of the finite elements; absent where there are none.
    std::optional<double> largest() const;
};

/// Summarizes tensors: small ones at once, large ones on a thread of its own, where the newest request stops the one
/// before. Answers come on the thread that asked.
class Summarizer : public QObject {
    Q_OBJECT
public:
    explicit Summarizer(QObject* parent = nullptr);
    ~Summarizer() override;

    /// One summary for each tensor. Without tensors there is no answer.
    void request(std::vector<Tensor> tensors);

Q_SIGNALS:
    /// Of the newest request; in its order.
    void finished(const std::vector<chainrule::Summary>& summaries);

private:
    struct Mail {
        std::uint64_t serial = 0;
        std::vector<Tensor> tensors = {};
        std::stop_source stop = {};
    };

    void run(const std::stop_token& quit);
    void deliver(std::uint64_t serial, const std::vector<Summary>& summaries);

    std::uint64_t m_serial = 0;  // Of the newest request; the asking thread's.
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::optional<Mail> m_mailbox;
    std::stop_source m_running{std::nostopstate};
    std::jthread m_thread;  // Last: it uses the others. Begins with the first large request.
};

}  // namespace chainrule
