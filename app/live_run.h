// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document.h"
#include "app/evaluation_service.h"
#include "app/playback.h"

#include <QFileSystemWatcher>

#include <functional>
#include <vector>

namespace chainrule {

/// Decides when the document is computed, and hands what came of it to the playback. While auto-run is off, values stay
/// as they were until somebody asks.
///
/// A large file that is shorter or other than when its numbers were mapped is an error on its nodes as soon as it is seen;
/// the next run reads it anew.
class LiveRun : public QObject {
    Q_OBJECT
public:
    LiveRun(OpenDocument& document, Playback& playback, QObject* parent);

    bool isAutoRun() const { return m_isAutoRun; }
    void setAutoRun(bool isAutoRun);
    bool isRunning() const { return m_service.isRunning(); }
    /// Whether the newest run is of the diagram as it is now.
    bool isFresh() const { return m_isFresh; }

    void run();
    void cancel();
    /// Calls `then` with a run of the diagram as it is now, at once or when there is one. A cancelled or failed run
    /// forgets about it.
    void whenFresh(std::function<void(std::shared_ptr<const Replay>)> then);

Q_SIGNALS:
    void started();
    void finished(double seconds);
    void failed(const chainrule::Error& error);
    void progressed(std::size_t done, std::size_t total);

private:
    void runWithout(FileErrors damaged);
    void watch();
    void lookForDamage();
    void take(std::shared_ptr<const Replay> replay, double seconds);
    void fail(const Error& error);

    OpenDocument& m_document;
    Playback& m_playback;
    EvaluationService m_service;
    QFileSystemWatcher m_watcher;  // Of files whose numbers are mapped.
    std::vector<std::function<void(std::shared_ptr<const Replay>)>> m_waiting;
    std::shared_ptr<const Replay> m_newest;
    bool m_isAutoRun = true;
    bool m_isFresh = false;
};

}  // namespace chainrule
