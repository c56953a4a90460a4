// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFutureWatcher>
#include <QPromise>
#include <QThreadPool>

#include <type_traits>
#include <utility>

namespace chainrule {

/// Calls `work()` on a thread of its own, and then `done(what it returned)` on that of `receiver`, unless `receiver` is
/// gone by then. `work` works on values that it owns or that nobody changes.
template <typename Work, typename Done>
void inBackground(QObject* receiver, Work work, Done done)
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
    QThreadPool::globalInstance()->start([promise, work = std::move(work)]() mutable {
        promise->addResult(work());
        promise->finish();
    });
}

}  // namespace chainrule
