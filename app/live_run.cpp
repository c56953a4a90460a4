// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/live_run.h"

#include <utility>

namespace chainrule {

LiveRun::LiveRun(OpenDocument& document, Playback& playback, QObject* parent)
    : QObject(parent), m_document(document), m_playback(playback)
{
    connect(&document, &OpenDocument::replaced, this, [this] {
        m_newest.reset();
        m_playback.clear();
    });
    connect(&document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (!delta.affectsValues())
            return;
        m_isFresh = false;
        if (m_isAutoRun)
            run();
    });
    connect(&m_service, &EvaluationService::started, this, &LiveRun::started);
    connect(&m_service, &EvaluationService::progressed, this, &LiveRun::progressed);
    connect(&m_service, &EvaluationService::finished, this, &LiveRun::take);
    connect(&m_service, &EvaluationService::failed, this, &LiveRun::fail);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, &LiveRun::lookForDamage);
}

void LiveRun::setAutoRun(bool isAutoRun)
{
    m_isAutoRun = isAutoRun;
    if (isAutoRun && !m_isFresh && !isRunning())
        run();
}

void LiveRun::run()
{
    runWithout({});
}

void LiveRun::runWithout(FileErrors damaged)
{
    m_isFresh = true;  // As soon as the answer is there; the next edit says otherwise.
    m_service.request(m_document.diagram().graph, m_document.folder(), std::move(damaged));
}

void LiveRun::watch()
{
    if (const QStringList watched = m_watcher.files(); !watched.isEmpty())
        m_watcher.removePaths(watched);
    for (const MappedSource& source : m_newest->run().evaluation.mappedSources())
        m_watcher.addPath(QString::fromStdString((m_document.folder() / source.file).string()));
    lookForDamage();  // What happened before the watch stood.
}

void LiveRun::lookForDamage()
{
    if (!m_newest || isRunning())
        return;  // What runs looks itself when it is done.
    FileErrors damaged = damagedFiles(m_newest->run().evaluation.mappedSources());
    if (!damaged.empty())
        runWithout(std::move(damaged));
}

void LiveRun::cancel()
{
    m_service.cancel();
}

void LiveRun::whenFresh(std::function<void(std::shared_ptr<const Replay>)> then)
{
    if (m_isFresh && !isRunning() && m_newest)
        return then(m_newest);
    m_waiting.push_back(std::move(then));
    if (!m_isFresh || !isRunning())
        run();
}

void LiveRun::take(std::shared_ptr<const Replay> replay, double seconds)
{
    m_newest = replay;
    m_playback.show(replay);
    watch();
    Q_EMIT finished(seconds);
    for (const auto& then : std::exchange(m_waiting, {}))
        then(replay);
}

void LiveRun::fail(const Error& error)
{
    m_isFresh = false;
    m_waiting.clear();
    Q_EMIT failed(error);
}

}  // namespace chainrule
