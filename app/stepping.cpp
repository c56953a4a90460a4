// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stepping.h"

#include "app/settings.h"

#include <mutex>
#include <utility>

namespace chainrule {
namespace {

constexpr std::size_t queueAtOnce = 500;  // Events; a fraction of a millisecond.

/// Of all contributions.
std::size_t recordedBytes(const Run& run)
{
    std::size_t bytes = 0;
    for (const BackwardEvent& event : run.events)
        bytes += std::size_t(event.contribution.size()) * itemSize(event.contribution.dtype());
    return bytes;
}

}  // namespace

struct Stepping::SharedSearch {
    explicit SharedSearch(std::shared_ptr<const Replay> replay) : search(std::move(replay)) {}
    std::mutex mutex;
    BreakpointSearch search;
};

Stepping::Stepping(const Parts& parts, Commands& commands, QObject* parent)
    : QObject(parent), m_parts(parts), m_commands(commands)
{
    connectCommands(commands);
    m_breakpoints.setStops(settings::stops());
    showBreakpoints();
    connect(&m_breakpoints, &Breakpoints::changed, this, &Stepping::showBreakpoints);
    connect(&m_parts.document, &OpenDocument::changed, this,
            [this](const Diagram& now, const Delta& delta) {
                if (!delta.removed.empty())
                    m_breakpoints.follow(now);
            });
    connect(&m_parts.document, &OpenDocument::replaced, &m_breakpoints, &Breakpoints::clearNodes);
    connect(&m_parts.playback, &Playback::momentChanged, this, &Stepping::momentChanged);
    connect(&m_parts.player, &Player::stepRequested, this, [this](std::ptrdiff_t step) {
        go([step](Playback& playback) { playback.goToStep(step); });
    });
    connect(&m_parts.player, &Player::stopsEdited, &m_breakpoints, [this](const Stops& stops) {
        m_breakpoints.setStops(stops);
        settings::setStops(stops);
    });
    connect(&m_parts.player, &Player::continueRequested, this, [this] { continueTo(Direction::Forward); });
    connect(&m_parts.player, &Player::playingChanged, this, [this](bool isPlaying) {
        if (isPlaying)
            findStop();
        m_commands.setChecked(CommandId::Play, isPlaying);
    });
}

Stepping::~Stepping() = default;

void Stepping::connectCommands(Commands& commands)
{
    commands.on(CommandId::StepForward, [this] { go([](Playback& playback) { playback.stepForward(); }); });
    commands.on(CommandId::StepBack, [this] { go([](Playback& playback) { playback.stepBack(); }); });
    commands.on(CommandId::StepToStart, [this] { toStart(); });
    commands.on(CommandId::StepToEnd, [this] { go([](Playback& playback) { playback.goTo(playback.length()); }); });
    commands.on(CommandId::Play, [this] {
        m_parts.player.togglePlaying();
        m_commands.setChecked(CommandId::Play, m_parts.player.isPlaying());
    });
    commands.on(CommandId::Continue, [this] { continueTo(Direction::Forward); });
    commands.on(CommandId::ContinueBack, [this] { continueTo(Direction::Back); });
    commands.on(CommandId::BreakAtNode, [this] { toggleBreakpoint(); });
    commands.on(CommandId::ClearBreakpoints, [this] { m_breakpoints.clearNodes(); });
    const auto onSwitch = [&](CommandId id, bool Stops::*which) {
        commands.on(id, [this, id, which] {
            Stops stops = m_breakpoints.stops();
            stops.*which = m_commands.action(id)->isChecked();
            m_breakpoints.setStops(stops);
            settings::setStops(stops);
        });
    };
    onSwitch(CommandId::BreakAtNotFinite, &Stops::atNotFinite);
    onSwitch(CommandId::BreakAtNorm, &Stops::atNorm);
}

void Stepping::go(const std::function<void(Playback&)>& how)
{
    Q_EMIT hinted({});  // What was said of another step.
    how(m_parts.playback);
}

/// Of the backward pass; once more, of the forward pass.
void Stepping::toStart()
{
    go([](Playback& playback) {
        playback.goToStep(playback.moment().step() > 0 ? 0 : -std::ptrdiff_t(playback.forwardLength()));
    });
}

void Stepping::toggleBreakpoint()
{
    m_breakpoints.toggle(m_parts.view.selection());
}

void Stepping::find(Direction direction, std::function<void(const std::optional<Hit>&)> then)
{
    const Moment& moment = m_parts.playback.moment();
    if (moment.isEmpty())
        return;
    if (!m_search || m_searchedIn.lock() != moment.sharedReplay()) {
        m_search = std::make_shared<SharedSearch>(moment.sharedReplay());
        m_searchedIn = moment.sharedReplay();
    }
    m_searched = m_breakpoints.list();
    m_finding.start(
        this,
        [search = m_search, step = moment.step(), breakpoints = m_searched, direction](std::stop_token stop) {
            const std::scoped_lock lock(search->mutex);
            return direction == Direction::Forward ? search->search.nextStep(step, breakpoints, stop)
                                                   : search->search.previousStep(step, breakpoints, stop);
        },
        std::move(then));
}

void Stepping::continueTo(Direction direction)
{
    find(direction, [=, this](const std::optional<Hit>& hit) { arrive(direction, hit); });
}

void Stepping::arrive(Direction direction, const std::optional<Hit>& hit)
{
    if (hit) {
        go([&](Playback& playback) { playback.goToStep(hit->step); });
        return m_parts.player.stopAt(nameOf(*hit));
    }
    if (direction == Direction::Back) {
        Q_EMIT hinted(tr("No breakpoint lies before this step."));
        return;
    }
    go([](Playback& playback) { playback.goTo(playback.length()); });
    Q_EMIT hinted(m_breakpoints.isEmpty() ? tr("There is no breakpoint: B on a node sets one.")
                                          : tr("No breakpoint was met on the way to the end."));
}

/// For the player, from the step that is shown.
void Stepping::findStop()
{
    m_stop.reset();
    m_parts.player.setHeld(!m_breakpoints.isEmpty());
    if (!m_breakpoints.isEmpty())
        find(Direction::Forward, [this, from = m_parts.playback.moment().step()](const std::optional<Hit>& hit) {
            takeStop(from, hit);
        });
}

void Stepping::takeStop(std::ptrdiff_t from, const std::optional<Hit>& hit)
{
    m_stop = Stop{from, hit};
    m_parts.player.setHeld(false);
}

void Stepping::momentChanged(const Moment& moment)
{
    m_parts.player.showMoment(moment);
    tellQueue(moment);
    if (!m_parts.player.isPlaying() || m_breakpoints.isEmpty())
        return;
    if (m_stop && m_stop->hit && moment.step() == m_stop->hit->step)
        return m_parts.player.stopAt(nameOf(*m_stop->hit));
    if (!m_stop || moment.step() < m_stop->from || (m_stop->hit && moment.step() > m_stop->hit->step))
        findStop();  // The person went elsewhere meanwhile.
}

void Stepping::showBreakpoints()
{
    m_parts.view.showBreakpoints(m_breakpoints.nodes());
    m_parts.player.showStops(m_breakpoints.stops());
    m_commands.setChecked(CommandId::BreakAtNotFinite, m_breakpoints.stops().atNotFinite);
    m_commands.setChecked(CommandId::BreakAtNorm, m_breakpoints.stops().atNorm);
    m_commands.action(CommandId::BreakAtNorm)
        ->setText(tr("Break on a Nor&m Above %1").arg(m_breakpoints.stops().norm));
    if (m_parts.player.isPlaying())
        findStop();
}

void Stepping::tellQueue(const Moment& moment)
{
    m_queueing.stop();
    if (moment.isEmpty() || moment.replay().length() == 0)
        return;
    struct Told {
        EngineQueue queue;
        std::size_t bytes;
    };
    const bool isMeasured = m_told.lock() == moment.sharedReplay();
    const auto work = [moment, isMeasured, bytes = m_recordedBytes](std::stop_token) {
        return Told{queueAt(moment), isMeasured ? bytes : recordedBytes(moment.run())};
    };
    const auto done = [this, replay = std::weak_ptr(moment.sharedReplay())](const Told& told) {
        m_told = replay;
        m_recordedBytes = told.bytes;
        m_parts.player.showQueue(told.queue, told.bytes);
    };
    if (moment.replay().length() <= queueAtOnce)
        done(work({}));
    else
        m_queueing.start(this, work, done);
}

QString Stepping::nameOf(const Hit& hit) const
{
    return inWords(m_searched[hit.breakpoint], m_parts.playback.moment().evaluation().graph());
}

}  // namespace chainrule
