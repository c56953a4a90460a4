// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"
#include "widgets/canvas/graph_view_accessible.h"
#include "widgets/canvas/in_place_editing.h"
#include "widgets/canvas/selection_edits.h"

#include <QKeyEvent>
#include <QMenu>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal step = 4;  // Of an arrow key; with Shift a grid's.

// Where these letters are on a keyboard, whatever is printed on it: X11's and Wayland's key codes.
constexpr quint32 placeOfX = 53;
constexpr quint32 placeOfK = 45;

bool isLetter(const QKeyEvent& event, int key, quint32 place)
{
    const auto others = Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;
    if (event.modifiers() & others)
        return false;
    const bool isForeign = event.key() > 0xff && event.key() < Qt::Key_Escape;
    return event.key() == key || (isForeign && event.nativeScanCode() == place);
}

QPointF directionOf(int key)
{
    switch (key) {
    case Qt::Key_Left: return {-1, 0};
    case Qt::Key_Right: return {1, 0};
    case Qt::Key_Up: return {0, -1};
    case Qt::Key_Down: return {0, 1};
    default: return {};
    }
}

Qt::KeyboardModifier modifierOf(int key)
{
    switch (key) {
    case Qt::Key_Shift: return Qt::ShiftModifier;
    case Qt::Key_Control: return Qt::ControlModifier;
    case Qt::Key_Alt: return Qt::AltModifier;
    default: return Qt::NoModifier;
    }
}

}  // namespace

void GraphView::keyPressEvent(QKeyEvent* event)
{
    if (const auto modifier = modifierOf(event->key()); modifier != Qt::NoModifier && m_gesture)
        moveGesture(m_mouse, m_modifiers |= modifier);
    if (!handleKey(*event))
        QWidget::keyPressEvent(event);
}

void GraphView::keyReleaseEvent(QKeyEvent* event)
{
    if (event->isAutoRepeat())
        return;
    if (const auto modifier = modifierOf(event->key()); modifier != Qt::NoModifier && m_gesture)
        moveGesture(m_mouse, m_modifiers &= ~Qt::KeyboardModifiers(modifier));
    if (event->key() == Qt::Key_Space && spaceReleased() && !m_gesture)
        return searchOps();
    if (isLetter(*event, Qt::Key_X, placeOfX) && m_isCutHeld) {
        m_isCutHeld = false;
        if (!m_gesture) {
            unsetCursor();
            hint({});
        }
    }
    QWidget::keyReleaseEvent(event);
}

bool GraphView::isOwnKey(const QKeyEvent& event) const
{
    switch (event.key()) {
    case Qt::Key_Escape: return m_gesture || m_press;
    case Qt::Key_Return:
    case Qt::Key_Enter: return event.modifiers() == Qt::NoModifier || event.modifiers() == Qt::KeypadModifier;
    case Qt::Key_Delete:
    case Qt::Key_Backspace: return m_link && m_selection.empty() && event.modifiers() == Qt::NoModifier;
    default: return false;
    }
}

/// @returns whether the key is one of the canvas's.
bool GraphView::handleKey(QKeyEvent& event)
{
    if (event.key() == Qt::Key_Escape)
        return escape();
    if (m_gesture && !m_isClickLinking)
        return false;
    if (event.key() == Qt::Key_Space && event.modifiers() == Qt::NoModifier) {
        if (!event.isAutoRepeat())
            spacePressed();
        return true;
    }
    if (isLetter(event, Qt::Key_X, placeOfX)) {
        m_isCutHeld = true;
        setCursor(Qt::CrossCursor);
        hint(tr("Drag across links to cut them"));
        return true;
    }
    if (isLetter(event, Qt::Key_K, placeOfK)) {
        connectPicked();
        return true;
    }
    switch (event.key()) {
    case Qt::Key_Tab: searchOps(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: openPortMenu(); return true;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        if (!m_link || !m_selection.empty())
            return false;  // Nodes are for a command.
        request(Disconnect{*m_link});
        return true;
    case Qt::Key_BracketLeft: walkAlong(-1); return true;
    case Qt::Key_BracketRight: walkAlong(1); return true;
    default: return handleArrow(event) || handleText(event.text());
    }
}

bool GraphView::escape()
{
    if (m_gesture || m_press)
        cancelGesture();
    else if (!m_picked.isEmpty())
        m_picked = {};
    else if (m_link)
        m_link.reset();
    else if (!m_selection.empty())
        select({});
    else
        return false;
    hint({});
    update();
    return true;
}

/// Moves what is selected; with Ctrl, or with nothing selected, goes to another node.
bool GraphView::handleArrow(const QKeyEvent& event)
{
    const QPointF direction = directionOf(event.key());
    const auto modifiers = event.modifiers() & ~Qt::KeypadModifier;
    if (direction.isNull() || (modifiers & (Qt::AltModifier | Qt::MetaModifier)))
        return false;
    m_showsFocus = true;
    if (m_selection.empty() || modifiers.testFlag(Qt::ControlModifier)) {
        walk(direction);
        return true;
    }
    const qreal by = modifiers.testFlag(Qt::ShiftModifier) ? metrics::gridDots : step;
    // While a key is held it is one move.
    if (!event.isAutoRepeat())
        m_gestureNumber = newGestureNumber();
    request(nudged(m_scene, m_selection, direction * by), m_gestureNumber);
    return true;
}

/// An operator's symbol adds that operation behind the nodes that are selected.
bool GraphView::handleText(const QString& text)
{
    const QString symbols = QStringLiteral("+-*/@^");
    if (text.size() != 1 || !symbols.contains(text))
        return false;
    if (m_selection.empty() || m_selection.size() > 2) {
        hint(tr("Select one or two nodes for %1").arg(text));
        return true;
    }
    const Op* op = opOfSymbol(text.front(), m_selection.size());
    if (!op)
        return false;
    std::vector<NodeId> operands = m_selection;
    if (operands.front() == m_current)  // What was selected last stands on the right.
        std::ranges::reverse(operands);
    request(operatorOn(m_scene, *op, operands));
    return true;
}

void GraphView::makeCurrent(NodeId node)
{
    if (!std::ranges::binary_search(m_selection, node)) {
        select({node});
    } else if (m_current != node) {
        m_current = node;
        announceCurrent(*this);
        Q_EMIT selectionChanged();
    }
    update();
}

/// To the nearest node in a direction, or from none to the one nearest to the middle.
void GraphView::walk(QPointF direction)
{
    const bool hasStart = m_scene.contains(m_current);
    const QPointF start = hasStart ? m_scene.box(m_current).center() : toScene(QRectF(rect()).center());
    std::optional<NodeId> best;
    qreal least = std::numeric_limits<qreal>::infinity();
    for (const NodeId node : m_scene.diagram().graph.ids()) {
        const QPointF way = m_scene.box(node).center() - start;
        const qreal ahead = QPointF::dotProduct(way, direction);
        const qreal aside = std::abs(way.x() * direction.y()) + std::abs(way.y() * direction.x());
        if (hasStart && (node == m_current || ahead <= 0))
            continue;
        const qreal cost = hasStart ? ahead + 2 * aside : std::hypot(way.x(), way.y());
        if (cost < least) {
            least = cost;
            best = node;
        }
    }
    if (!best)
        return;
    select({*best});
    reveal(*best);
}

/// Along links: to what the node is computed from, or to what is computed from it.
void GraphView::walkAlong(int direction)
{
    m_showsFocus = true;
    if (!m_scene.contains(m_current))
        return walk({1, 0});
    for (const Link& link : m_scene.linksOf(m_current)) {
        const NodeId here = direction < 0 ? link.to.node : link.from.node;
        const NodeId there = direction < 0 ? link.from.node : link.to.node;
        if (here != m_current)
            continue;
        select({there});
        reveal(there);
        return;
    }
}

void GraphView::openPortMenu()
{
    m_showsFocus = true;
    if (!m_scene.contains(m_current))
        return hint(tr("Select a node first: arrow keys go from node to node"));
    auto* const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [&](const QString& text, const Port& port) {
        connect(menu->addAction(text), &QAction::triggered, this, [this, port] { pick(port); });
    };
    for (const Target& target : m_scene.inputs(m_current)) {
        const auto source = m_scene.connected(target);
        const auto output = source ? outputOf(m_scene, *source) : std::nullopt;
        const QString from = output ? fullPortName(m_scene, *output) : tr("open");
        add(tr("Input %1: %2").arg(portName(m_scene, target), from), target);
    }
    menu->addSeparator();
    for (const OutputId& output : m_scene.outputs(m_current))
        add(tr("Output %1").arg(fullPortName(m_scene, output)), output);
    const QRectF box = m_camera.toWidget(m_scene.box(m_current));
    menu->popup(mapToGlobal(box.topRight().toPoint() + QPoint(8, 0)));
    if (!menu->actions().isEmpty())
        menu->setActiveAction(menu->actions().front());
}

void GraphView::pick(const Port& port)
{
    m_picked.pick(port);
    m_refusedOnce.reset();
    update();
    if (m_picked.isComplete())
        hint(tr("K connects %1 to %2")
                 .arg(fullPortName(m_scene, *m_picked.output), fullPortName(m_scene, *m_picked.input)));
    else
        hint(tr("%1 is picked; pick the other port, then press K").arg(fullPortName(m_scene, port)));
}

/// Connects the ports that were picked, or of two nodes the first to the first input of the second that fits.
void GraphView::connectPicked()
{
    std::optional<Connect> link;
    if (m_picked.isComplete())
        link = m_picked.link(m_scene);
    else if (m_picked.isEmpty() && m_selection.size() == 2)
        link =
            fittingLink(m_scene, m_current == m_selection.front() ? m_selection.back() : m_selection.front(),
                        m_current, objection());
    if (!link)
        return hint(tr("Pick two ports first: Enter lists those of a node"));
    const Failure refusal = objection()(*link);
    const bool isStructural = refusal && refusal->kind == Error::Kind::Document;
    if (refusal && (isStructural || m_refusedOnce != link)) {
        m_refusedOnce = link;
        const QString reason = QString::fromStdString(refusal->message);
        return hint(isStructural ? reason : tr("%1 - press K again to connect all the same").arg(reason));
    }
    m_refusedOnce.reset();
    m_picked = {};
    hint({});
    update();
    request(*link);
}

}  // namespace chainrule
