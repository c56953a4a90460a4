// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/autograd/objection.h"
#include "widgets/canvas/band_gesture.h"
#include "widgets/canvas/connect_gesture.h"
#include "widgets/canvas/cut_gesture.h"
#include "widgets/canvas/duplicate_gesture.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/in_place_editing.h"
#include "widgets/canvas/move_gesture.h"
#include "widgets/canvas/scrub_gesture.h"
#include "widgets/canvas/source_text.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr qreal edge = 28;  // Pixels from the border where the view scrolls
constexpr qreal fastest = 22;  // by so many
constexpr int frame = 16;  // every so many milliseconds.

}  // namespace

std::unique_ptr<Gesture> GraphView::gestureOf(Drag drag, const Press& press)
{
    const QPointF from = toScene(press.position);
    const qreal scale = m_camera.scale();
    const auto connecting = [&](LooseLinks links) {
        return std::make_unique<ConnectGesture>(m_scene, std::move(links), from, scale, objection());
    };
    switch (drag) {
    case Drag::Nothing:
    case Drag::TakeOut: return nullptr;
    case Drag::Band: return std::make_unique<BandGesture>(m_scene, m_selection, from);
    case Drag::Move:
        return std::make_unique<MoveGesture>(m_scene, m_selection, press.hit.node, from, scale, objection());
    case Drag::Duplicate: return std::make_unique<DuplicateGesture>(m_scene, m_selection, from);
    case Drag::Link: return connecting(newLink(m_scene, *portOf(press.hit)));
    case Drag::LinkEnd: return connecting(linkEnd(m_scene, press.hit.target, Take::Move));
    case Drag::LinkCopy: return connecting(linkEnd(m_scene, press.hit.target, Take::Copy));
    case Drag::AllLinks: return connecting(allLinks(m_scene, press.hit.output));
    case Drag::Scrub: {
        auto number = SourceNumber::of(m_scene.diagram().graph, press.hit.node, *press.hit.element);
        return std::make_unique<ScrubGesture>(m_scene, press.hit.node, *std::move(number), from, scale);
    }
    case Drag::Cut: return std::make_unique<CutGesture>(m_scene, from);
    }
    return nullptr;
}

void GraphView::begin(std::unique_ptr<Gesture> gesture)
{
    m_gesture = std::move(gesture);
    m_gestureNumber = newGestureNumber();
    setHovered({});
    setCursor(m_gesture->cursor());
    gestureChanged();
}

void GraphView::moveGesture(QPointF position, Qt::KeyboardModifiers modifiers)
{
    m_gesture->moveTo(toScene(position), modifiers);
    if (const auto edit = m_gesture->live()) {
        request(*edit, m_gestureNumber);
        if (!m_gesture)
            return;  // Whoever heard of it has ended it.
    }
    gestureChanged();
    hint(m_gesture->hint());
    const bool isAtEdge = !QRectF(rect()).adjusted(edge, edge, -edge, -edge).contains(position);
    if (isAtEdge && m_gesture->mayScroll() && !m_isClickLinking) {
        if (!m_edgeTimer.isActive())
            m_edgeTimer.start(frame, this);
    } else {
        m_edgeTimer.stop();
    }
}

void GraphView::scrollAtEdge()
{
    if (!m_gesture)
        return m_edgeTimer.stop();
    const auto speed = [](qreal at, qreal extent) {
        const qreal beyond = at < edge ? at - edge : std::max(0.0, at - (extent - edge));
        return std::clamp(beyond / edge, -1.0, 1.0) * fastest;
    };
    m_camera.panBy({-speed(m_mouse.x(), width()), -speed(m_mouse.y(), height())});
    cameraChanged();
}

void GraphView::finishGesture()
{
    m_press.reset();
    m_isClickLinking = false;
    m_edgeTimer.stop();
    const auto gesture = std::exchange(m_gesture, nullptr);
    gestureChanged();
    unsetCursor();
    hint({});
    if (const QString complaint = gesture->complaint(); !complaint.isEmpty())
        Q_EMIT refused(complaint);
    handle(gesture->release());
}

void GraphView::cancelGesture()
{
    m_press.reset();
    m_isClickLinking = false;
    m_edgeTimer.stop();
    if (!m_gesture)
        return;
    const auto gesture = std::exchange(m_gesture, nullptr);
    gestureChanged();
    unsetCursor();
    hint({});
    if (const auto edit = gesture->undone())
        request(*edit, m_gestureNumber);
}

Objection GraphView::objection() const
{
    // What is the same for all links is found out when the first is asked for: most drags ask for none.
    auto objections = std::make_shared<std::optional<LinkObjections>>();
    return [objections, graph = m_scene.diagram().graph, moment = m_scene.moment()](const Connect& link) {
        if (!*objections)
            objections->emplace(graph, moment.isEmpty() ? nullptr : &moment.evaluation());
        Failure failure = (**objections)(link);
        if (const std::string shapes = failure ? (*objections)->shapes(link) : std::string(); !shapes.empty())
            failure->message += "\n" + shapes;
        return failure;
    };
}

}  // namespace chainrule
