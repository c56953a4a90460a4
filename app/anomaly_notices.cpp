// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/anomaly_notices.h"

#include "app/safe_selection.h"

#include <algorithm>
#include <utility>

namespace chainrule {
namespace {

/// The one to be told of: NaN rather than an infinity, which may stand there on purpose, and never one that was given.
std::optional<Anomaly> toldOf(std::optional<Anomaly> first, std::optional<Anomaly> firstNan)
{
    if (firstNan)
        return firstNan;
    return first && first->cause != AnomalyCause::Given ? std::move(first) : std::nullopt;
}

}  // namespace

AnomalyNotices::AnomalyNotices(const Parts& parts, Commands& commands, QObject* parent) : QObject(parent), m_parts(parts)
{
    connect(&m_parts.live, &LiveRun::finished, this, &AnomalyNotices::request);
    connect(&m_parts.document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (!delta.affectsValues())
            return;
        m_work.stop();
        m_isSearching = false;
        m_parts.forward.suspend();
        m_parts.backward.suspend();
    });
    connect(&m_parts.document, &OpenDocument::replaced, this, &AnomalyNotices::forget);
    commands.on(CommandId::FirstAnomaly, [this] {
        const auto& notice = m_found.forward ? m_found.forward : m_found.backward;
        if (!notice)
            return;
        goToNode(notice->anomaly);
        goToStep(notice->anomaly);
    });
}

AnomalyNotices::Found AnomalyNotices::search(const Diagram& diagram, const Moment& moment, std::stop_token stop)
{
    Found found;
    auto trace = traceAnomalies(moment, stop);
    if (!trace)
        return found;
    const auto noticeOf = [&](std::optional<Anomaly> anomaly) -> std::optional<Notice> {
        if (!anomaly)
            return std::nullopt;
        auto cure = safeSelection(diagram, moment, *anomaly, stop);
        return Notice{*std::move(anomaly), std::move(cure)};
    };
    found.forward = noticeOf(toldOf(std::move(trace->forward), std::move(trace->forwardNan)));
    found.backward = noticeOf(toldOf(std::move(trace->backward), std::move(trace->backwardNan)));
    return found;
}

void AnomalyNotices::request()
{
    const Moment& shown = m_parts.playback.moment();
    if (shown.isEmpty() || !m_parts.live.isFresh())
        return;
    m_isSearching = true;
    m_work.start(
        this,
        [diagram = m_parts.document.diagram(), moment = Moment(shown.sharedReplay())](std::stop_token stop) {
            return search(diagram, moment, std::move(stop));
        },
        [this](Found found) { take(std::move(found)); });
}

void AnomalyNotices::take(Found found)
{
    m_isSearching = false;
    m_found = std::move(found);
    say(m_parts.forward, tr("Forward"), m_found.forward);
    say(m_parts.backward, tr("Backward"), m_found.backward);
    Q_EMIT changed();
}

void AnomalyNotices::say(NoticeBar& bar, const QString& where, const std::optional<Notice>& notice)
{
    if (!notice)
        return bar.clear();
    const Anomaly anomaly = notice->anomaly;
    std::vector<NoticeBar::Offer> offers;
    if (notice->cure)
        offers.push_back({tr("Mask the Input Instead"), [this, cure = *notice->cure] { m_parts.document.apply(cure); }});
    if (anomaly.node)
        offers.push_back({tr("Go to Node"), [this, anomaly] { goToNode(anomaly); }});
    offers.push_back({tr("Go to Step"), [this, anomaly] { goToStep(anomaly); }});
    bar.say(NoticeBar::Tone::Anomaly, tr("%1: %2").arg(where, QString::fromStdString(anomaly.sentence)), std::move(offers));
}

void AnomalyNotices::goToNode(const Anomaly& anomaly)
{
    if (!anomaly.node || !m_parts.document.diagram().graph.contains(*anomaly.node))
        return;
    m_parts.view.select({*anomaly.node});
    m_parts.view.reveal(*anomaly.node);
    m_parts.view.setFocus();
}

void AnomalyNotices::goToStep(const Anomaly& anomaly)
{
    const Moment& moment = m_parts.playback.moment();
    if (anomaly.event)
        return m_parts.playback.goTo(*anomaly.event + 1);
    if (moment.isEmpty() || !anomaly.node)
        return;
    const auto order = moment.evaluation().order();
    const auto found = std::ranges::find(order, *anomaly.node);
    if (found != order.end())
        m_parts.playback.goToStep(found - order.begin() + 1 - std::ptrdiff_t(order.size()));
}

void AnomalyNotices::forget()
{
    m_work.stop();
    m_isSearching = false;
    m_found = {};
    m_parts.forward.clear();
    m_parts.backward.clear();
    Q_EMIT changed();
}

}  // namespace chainrule
