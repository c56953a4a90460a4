// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/connect_gesture.h"
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/graph_view_accessible.h"
#include "widgets/canvas/in_place_editing.h"
#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/selection_edits.h"

#include <QApplication>
#include <QMouseEvent>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal dragDistance = 4;  // Pixels until a press is a drag,
constexpr qreal panelDistance = 7;  // and from a panel, where the direction decides what it is.

bool isNode(const Hit& hit)
{
    return hit.part != Hit::Part::Empty && hit.part != Hit::Part::Link;
}

qreal distanceToDrag(const Press& press)
{
    const bool isPanel = press.hit.part == Hit::Part::Value || press.hit.part == Hit::Part::Gradient;
    return isPanel ? panelDistance : dragDistance;
}

bool contains(const std::vector<NodeId>& nodes, NodeId node)
{
    return std::ranges::binary_search(nodes, node);
}

std::vector<NodeId> with(std::vector<NodeId> nodes, NodeId node)
{
    nodes.push_back(node);
    return nodes;
}

}  // namespace

void GraphView::mousePressEvent(QMouseEvent* event)
{
    m_mouse = event->position();
    m_modifiers = event->modifiers();
    m_showsFocus = false;
    if (m_isClickLinking && clickSecondPort(*event))
        return;
    if (m_press || (m_gesture && !m_isClickLinking)) {
        if (event->button() == Qt::RightButton)
            cancelGesture();  // As in other programs: the other button gives a drag up.
        return;
    }
    const Press press{.hit = m_scene.hit(toScene(event->position()), reach()),
                      .position = event->position(),
                      .button = event->button(),
                      .modifiers = event->modifiers(),
                      .isCutting = m_isCutHeld};
    const bool isCut = dragOf(m_scene, press, {}, m_camera.scale()) == Drag::Cut;
    if (event->button() == Qt::RightButton && !isCut && isNode(press.hit)
        && !contains(m_selection, press.hit.node))
        select({press.hit.node});
    if (!isCut && (panPress(event) || event->button() != Qt::LeftButton))
        return;
    setHovered({});
    m_press = press;
    selectForPress();
}

void GraphView::mouseDoubleClickEvent(QMouseEvent* event)
{
    mousePressEvent(event);
    if (m_press)
        m_press->isSecond = true;
}

void GraphView::mouseMoveEvent(QMouseEvent* event)
{
    m_mouse = event->position();
    m_modifiers = event->modifiers();
    if (panMove(event))
        return;
    if (m_gesture)
        return moveGesture(event->position(), event->modifiers());
    if (m_press) {
        const QPointF moved = event->position() - m_press->position;
        if (std::hypot(moved.x(), moved.y()) >= distanceToDrag(*m_press))
            beginDrag(event->position(), event->modifiers());
        return;
    }
    if (event->buttons() == Qt::NoButton) {
        hover(event->position());
        hoverPart(m_scene.hit(toScene(event->position()), reach()));
    }
}

void GraphView::mouseReleaseEvent(QMouseEvent* event)
{
    m_mouse = event->position();
    m_modifiers = event->modifiers();
    if (panRelease(event) || m_isClickLinking)
        return;
    if (!m_press || event->button() != m_press->button)
        return;
    if (m_gesture) {
        moveGesture(event->position(), event->modifiers());
        finishGesture();
        return;
    }
    const Press press = *std::exchange(m_press, std::nullopt);
    click(press);
}

/// What a press on a node does to the selection before anybody knows whether it becomes a drag.
void GraphView::selectForPress()
{
    const Hit& hit = m_press->hit;
    const bool hasAlt = m_press->modifiers.testFlag(Qt::AltModifier);
    if (!isNode(hit) || portOf(hit) || contains(m_selection, hit.node) || m_press->isCutting || hasAlt)
        return;
    if (m_press->modifiers.testFlag(Qt::ShiftModifier))
        select(with(m_selection, hit.node));
    else if (!m_press->modifiers.testFlag(Qt::ControlModifier))
        select({hit.node});
}

void GraphView::beginDrag(QPointF position, Qt::KeyboardModifiers modifiers)
{
    const Drag drag = dragOf(m_scene, *m_press, position - m_press->position, m_camera.scale());
    if (drag == Drag::TakeOut) {
        const Hit hit = std::exchange(m_press, std::nullopt)->hit;
        Q_EMIT dragRequested(hit.output, hit.part == Hit::Part::Value ? Which::Value : Which::Gradient);
        return;
    }
    const bool isOfNodes = drag == Drag::Move || drag == Drag::Duplicate;
    if (isOfNodes && !contains(m_selection, m_press->hit.node))
        select({m_press->hit.node});
    if (auto gesture = gestureOf(drag, *m_press)) {
        begin(std::move(gesture));
        moveGesture(position, modifiers);
    }
}

void GraphView::click(const Press& press)
{
    if (press.isCutting || press.button != Qt::LeftButton)
        return;
    if (press.isSecond)
        return doubleClick(press);
    if (const auto port = portOf(press.hit))
        return clickPort(*port);
    if (isNode(press.hit))
        return clickNode(press);
    if (press.modifiers != Qt::NoModifier)
        return;
    select({});
    if (press.hit.part == Hit::Part::Link)
        setLink(press.hit.target);
    else
        setLink({});
}

void GraphView::clickNode(const Press& press)
{
    const NodeId node = press.hit.node;
    const bool hasShift = press.modifiers.testFlag(Qt::ShiftModifier);
    const bool hasControl = press.modifiers.testFlag(Qt::ControlModifier);
    if (press.modifiers.testFlag(Qt::AltModifier)) {
        if (hasShift || hasControl)
            select(reached(m_scene, node, hasShift ? Way::Upstream : Way::Downstream));
        else
            select({node});
    } else if (hasControl) {
        auto nodes = m_selection;
        if (std::erase(nodes, node) == 0)
            nodes.push_back(node);
        select(std::move(nodes));
    } else if (!hasShift) {
        select({node});
    }
    if (contains(m_selection, node))
        makeCurrent(node);
    if (const auto number = explainable(press.hit); number && press.modifiers == Qt::NoModifier)
        Q_EMIT explanationRequested(number->output, number->element);
}

std::optional<GradientNumber> GraphView::explainable(const Hit& hit) const
{
    return detailAt(m_camera.scale()) == Detail::Full ? gradientNumber(m_scene, hit) : std::nullopt;
}

void GraphView::doubleClick(const Press& press)
{
    const Hit& hit = press.hit;
    if (hit.part == Hit::Part::Empty)
        searchOps();
    else if (hit.part == Hit::Part::Title)
        editName(hit.node);
    else if (hit.part == Hit::Part::Body || hit.part == Hit::Part::Value)
        editLiteral(hit.node);
}

void GraphView::clickPort(const Port& port)
{
    begin(std::make_unique<ConnectGesture>(m_scene, newLink(m_scene, port), toScene(m_mouse),
                                           m_camera.scale(), objection()));
    m_isClickLinking = true;
    hint(tr("Click another port to connect, Escape to give up"));
}

bool GraphView::clickSecondPort(const QMouseEvent& event)
{
    if (event.button() != Qt::LeftButton || m_isSpaceHeld)
        return false;  // One may pan on the way.
    moveGesture(event.position(), event.modifiers());
    const auto* connecting = static_cast<const ConnectGesture*>(m_gesture.get());
    if (connecting->hasPort())
        finishGesture();
    else
        cancelGesture();
    return true;
}

/// What the mouse is over without a button: the pointer and the status line say what can be dragged there.
void GraphView::hoverPart(const Hit& hit)
{
    const auto key = [](const Hit& h) { return std::tuple(h.part, h.node, h.output, h.target, h.element); };
    if (key(hit) == key(m_hoveredPart))
        return;
    const bool hadHint = !dragHint(m_scene, m_hoveredPart, m_camera.scale()).isEmpty();
    const bool isRinged = explainable(m_hoveredPart) || explainable(hit);
    m_hoveredPart = hit;
    if (isRinged)
        update();
    const QString text = dragHint(m_scene, hit, m_camera.scale());
    if (hadHint || !text.isEmpty())
        hint(text);
    if (m_isSpaceHeld || m_isCutHeld)
        return;
    switch (dragOf(m_scene, {.hit = hit, .position = m_mouse}, {1, 0}, m_camera.scale())) {
    case Drag::Link:
    case Drag::LinkEnd: setCursor(Qt::CrossCursor); break;
    case Drag::Scrub: setCursor(Qt::SizeHorCursor); break;
    case Drag::TakeOut: setCursor(explainable(hit) ? Qt::PointingHandCursor : Qt::OpenHandCursor); break;
    default: unsetCursor();
    }
}

/// The diagram is another one now, by an edit of ours or by somebody else's.
void GraphView::diagramChanged(const Delta& delta)
{
    m_inPlace->follow();
    m_picked.keepWhatIsIn(m_scene);
    if (m_link && !(m_scene.contains(m_link->node) && m_scene.connected(*m_link)))
        m_link.reset();
    if (!m_scene.contains(m_hoveredPart.node))
        m_hoveredPart = {};
    announce(*this, delta);
    if (m_isRequesting || (!delta.affectsValues() && delta.moved.empty()))
        return;
    // A gesture knows the diagram that it began on.
    m_press.reset();
    m_isClickLinking = false;
    m_edgeTimer.stop();
    if (m_gesture) {
        m_gesture.reset();
        unsetCursor();
        hint({});
    }
}

void GraphView::focusInEvent(QFocusEvent* event)
{
    m_showsFocus = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    update();
    announceCurrent(*this);
}

void GraphView::focusOutEvent(QFocusEvent*)
{
    m_isCutHeld = false;
    if (m_isSpaceHeld)
        spaceReleased();
    update();
}

}  // namespace chainrule
