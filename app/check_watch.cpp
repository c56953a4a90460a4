// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/check_watch.h"

#include "app/settings.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace chainrule {
namespace {

using Checked = Result<std::shared_ptr<const GraphCheck>>;
using Clock = std::chrono::steady_clock;

constexpr int progressEvery = 100;  // Milliseconds.
constexpr int niceness = 10;

/// Threads that checks alone are done on, so that files and layouts need not wait for them.
QThreadPool& checkPool()
{
    static QThreadPool pool;
    static const bool isSet = (pool.setMaxThreadCount(2), true);
    static_cast<void>(isSet);
    return pool;
}

/// Under Linux each thread has its own: whoever draws or evaluates goes first.
void giveWay()
{
    setpriority(PRIO_PROCESS, 0, niceness);
}

bool hasPass(const Graph& graph)
{
    return std::ranges::any_of(graph.backward, [](const BackwardStep& step) { return std::holds_alternative<Pass>(step); });
}

Checked shared(Result<GraphCheck> check)
{
    if (!check)
        return check.error();
    return std::make_shared<const GraphCheck>(*std::move(check));
}

/// nullptr: it would take long, or has.
Checked checkedQuickly(const Evaluation& evaluation, const std::stop_token& stop)
{
    if (checkWork(evaluation) > CheckWatch::mostWorkUnasked)
        return std::shared_ptr<const GraphCheck>();
    const auto end = Clock::now() + std::chrono::milliseconds(CheckWatch::mostMillisecondsUnasked);
    std::stop_source giveUp;
    const std::stop_callback onStop(stop, [&giveUp] { giveUp.request_stop(); });
    const auto look = [&](std::size_t, std::size_t) {
        if (Clock::now() > end)
            giveUp.request_stop();
    };
    Checked check = shared(checkAll(evaluation, {.progress = look, .stop = giveUp.get_token()}));
    if (giveUp.stop_requested())
        return std::shared_ptr<const GraphCheck>();
    return check;
}

}  // namespace

CheckWatch::CheckWatch(const Parts& parts, Commands& commands, QObject* parent)
    : QObject(parent), m_parts(parts), m_work(checkPool())
{
    m_quiet.setSingleShot(true);
    m_quiet.setInterval(quietMilliseconds);
    m_progress.setInterval(progressEvery);
    connect(&m_quiet, &QTimer::timeout, this, [this] { start(Effort::Little); });
    connect(&m_progress, &QTimer::timeout, this, [this] {
        m_state.share = m_share->load();
        become(CheckState::Stage::AskedFor);
    });
    connect(&parts.document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (delta.affectsValues())
            forget(m_parts.live.isAutoRun() || m_parts.live.isRunning() ? CheckState::Stage::Awaited
                                                                        : CheckState::Stage::Nothing);
    });
    connect(&parts.document, &OpenDocument::replaced, this, [this] { forget(CheckState::Stage::Nothing); });
    connect(&parts.live, &LiveRun::started, this, [this] { forget(CheckState::Stage::Awaited); });
    connect(&parts.live, &LiveRun::failed, this, [this] { forget(CheckState::Stage::Nothing); });
    connect(&parts.live, &LiveRun::finished, this, &CheckWatch::await);
    connect(this, &CheckWatch::changed, &parts.inspector, &Inspector::showCheck);
    connect(&parts.inspector, &Inspector::checkRequested, this, &CheckWatch::checkAnyway);
    connect(&parts.inspector, &Inspector::checkCancelRequested, this, &CheckWatch::cancel);
    m_isOn = settings::checksGradients();
    commands.setChecked(CommandId::CheckGradients, m_isOn);
    commands.on(CommandId::CheckGradients, [this, action = commands.action(CommandId::CheckGradients)] {
        m_isOn = action->isChecked();
        settings::setChecksGradients(m_isOn);
        forget(CheckState::Stage::Nothing);
        await();
    });
}

void CheckWatch::become(CheckState::Stage stage)
{
    m_state.stage = stage;
    Q_EMIT changed(m_state);
}

void CheckWatch::forget(CheckState::Stage next)
{
    m_work.stop();
    m_quiet.stop();
    m_progress.stop();
    m_state = {};
    m_parts.view.showChecks({});
    become(m_isOn ? next : CheckState::Stage::Off);
}

void CheckWatch::await()
{
    const Moment& moment = m_parts.playback.moment();
    if (!m_isOn)
        return;
    // Without auto-run, the document may have been edited while it was computed.
    if (moment.isEmpty() || !m_parts.live.isFresh() || !hasPass(moment.evaluation().graph()))
        return become(CheckState::Stage::Nothing);
    m_state.moment = moment;
    m_quiet.start();
    become(CheckState::Stage::Running);
}

void CheckWatch::checkAnyway()
{
    if (m_state.stage == CheckState::Stage::TooLarge)
        start(Effort::AllItTakes);
}

void CheckWatch::cancel()
{
    if (m_state.stage != CheckState::Stage::AskedFor)
        return;
    m_work.stop();
    m_progress.stop();
    become(CheckState::Stage::TooLarge);
}

void CheckWatch::start(Effort effort)
{
    const auto done = [this](const Checked& answer) { take(answer); };
    if (effort == Effort::Little) {
        m_work.start(
            this,
            [moment = m_state.moment](const std::stop_token& stop) {
                giveWay();
                return checkedQuickly(moment.evaluation(), stop);
            },
            done);
        return;
    }
    m_share = std::make_shared<std::atomic<double>>(0);
    m_state.share = 0;
    m_work.start(
        this,
        [moment = m_state.moment, share = m_share](const std::stop_token& stop) {
            giveWay();
            const auto tell = [&](std::size_t part, std::size_t whole) { share->store(double(part) / double(whole)); };
            return shared(checkAll(moment.evaluation(), {.progress = tell, .stop = stop}));
        },
        done);
    m_progress.start();
    become(CheckState::Stage::AskedFor);
}

void CheckWatch::take(const Checked& answer)
{
    m_progress.stop();
    if (!answer) {
        m_state.reason = QString::fromStdString(answer.error().message);
        return become(CheckState::Stage::Failed);
    }
    if (!*answer)
        return become(CheckState::Stage::TooLarge);
    m_state.check = *answer;
    m_parts.view.showChecks(checkByNode(m_state.moment.evaluation(), *m_state.check));
    become(CheckState::Stage::Done);
}

}  // namespace chainrule
