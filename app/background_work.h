// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFutureWatcher>
#include <QPromise>
#include <QThreadPool>

#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace chainrule {

/// Calls `work()` on a thread of its own, and then `done(what it returned)` on that of `receiver`, unless `receiver` is
/// gone by then. `work` works on values that it owns or that nobody changes.
template <typename Work, typename Done>
void inBackground(QObject* receiver, Work work, Done done, QThreadPool& pool = *QThreadPool::globalInstance())
{
    using Answer = std::invoke_result_t<Work>;
    auto promise = std::make_shared<QPromise<Answer>>();
    auto* const watcher = new QFutureWatcher<Answer>(receiver);
    QObject::connect(watcher, &QFutureWatcherBase::finished, receiver, [watcher, done = std::move(done)]() mutable {
        watcher->deleteLater();
        done(watcher->future().takeResult());
    });
    promise->start();
    watcher->setFuture(promise->future());
    pool.start([promise, work = std::move(work)]() mutable {
        promise->addResult(work());
        promise->finish();
    });
}

/// Work of which only the newest counts: it stops the one before, whose answer nobody hears.
class NewestWork {
public:
    /// `pool` outlives the work.
    explicit NewestWork(QThreadPool& pool = *QThreadPool::globalInstance()) : m_pool(pool) {}
    ~NewestWork() { stop(); }
    NewestWork(const NewestWork&) = delete;
    NewestWork& operator=(const NewestWork&) = delete;

    /// Calls `work(std::stop_token)` and `done` as inBackground() does.
    template <typename Work, typename Done>
    void start(QObject* receiver, Work work, Done done)
    {
        stop();
        m_stop = std::stop_source();
        inBackground(
            receiver, [work = std::move(work), token = m_stop.get_token()]() mutable { return work(token); },
            [done = std::move(done), token = m_stop.get_token()](auto answer) mutable {
                if (!token.stop_requested())
                    done(std::move(answer));
            },
            m_pool);
    }
    void stop() { m_stop.request_stop(); }

private:
    QThreadPool& m_pool;
    std::stop_source m_stop{std::nostopstate};
};

}  // namespace chainrule
