// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mirror_watch.h"

#include <QEvent>
#include <QTimer>

namespace chainrule {
namespace {

constexpr std::size_t mostEntriesAtOnce = 5'000;  // Of the tape: that is done within a frame.

}  // namespace

MirrorWatch::MirrorWatch(const Parts& parts, QObject* parent) : QObject(parent), m_parts(parts)
{
    m_parts.panel.installEventFilter(this);
    connect(&m_parts.playback, &Playback::momentChanged, this, &MirrorWatch::update);
    connect(&m_parts.document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (!delta.moved.empty())
            QTimer::singleShot(0, this, &MirrorWatch::place);  // Once the scene knows.
    });
    connect(&m_parts.view, &GraphView::selectionChanged, this, [this] {
        if (!m_isChoosing)
            m_parts.panel.setSelection(m_parts.view.selection());
    });
    connect(&m_parts.view, &GraphView::hovered, &m_parts.panel.view(), &MirrorView::pointAt);
    connect(&m_parts.panel, &MirrorPanel::hovered, &m_parts.view, &GraphView::pointAt);
    connect(&m_parts.panel, &MirrorPanel::nodeChosen, this, &MirrorWatch::choose);
}

void MirrorWatch::place()
{
    if (m_graph && m_parts.panel.isVisible())
        m_parts.panel.show(m_graph, m_parts.view.scene());
}

bool MirrorWatch::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show)
        update();
    return QObject::eventFilter(watched, event);
}

/// The canvas shows what was chosen in the mirror, too.
void MirrorWatch::choose(NodeId node)
{
    m_isChoosing = true;
    if (!m_parts.view.scene().contains(node)) {
        m_parts.view.select({});
    } else {
        m_parts.view.select({node});
        m_parts.view.reveal(node);
    }
    m_isChoosing = false;
    m_parts.panel.setSelection(m_parts.view.selection());
}

void MirrorWatch::update()
{
    if (!m_parts.panel.isVisible())
        return;
    const Moment& moment = m_parts.playback.moment();
    if (moment.isEmpty()) {
        m_replay.reset();
        take(nullptr);
    } else if (moment.sharedReplay() != m_replay) {
        m_replay = moment.sharedReplay();
        if (moment.evaluation().tape().size() <= mostEntriesAtOnce)
            take(std::make_shared<const GradGraph>(m_replay));
        else
            m_work.start(
                this, [replay = m_replay](std::stop_token) { return std::make_shared<const GradGraph>(replay); },
                [this](std::shared_ptr<const GradGraph> graph) { take(std::move(graph)); });
    }
    if (m_graph && &m_graph->replay() == m_replay.get())
        m_parts.panel.showMoment(moment);
}

void MirrorWatch::take(std::shared_ptr<const GradGraph> graph)
{
    m_work.stop();
    m_graph = std::move(graph);
    m_parts.panel.showMoment(m_parts.playback.moment());
    m_parts.panel.show(m_graph, m_parts.view.scene());
    m_parts.panel.setSelection(m_parts.view.selection());
}

}  // namespace chainrule
