// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view.h"

#include "widgets/canvas/decoration_painter.h"
#include "widgets/canvas/graph_view_accessible.h"
#include "widgets/canvas/in_place_editing.h"
#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/preview.h"
#include "widgets/theme/appearance.h"

#include <QBackingStore>
#include <QEvent>
#include <QPaintEngine>
#include <QPaintEvent>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr qreal frameMargin = 40;  // Around what is framed, in pixels.

// What is drawn in one go while the view settles: pixels of the device, of blocks and of faces, and for how long.
constexpr int blockTile = 512;
constexpr int faceTile = 192;
constexpr int settleMilliseconds = 5;

constexpr qreal linkReach = 12;  // How far from its line a link is drawn, in units of the scene.
constexpr std::size_t mostRepaintedAlone = 500;  // Nodes and links; to sum up more costs more than to draw all.

bool isNextStep(const Moment& before, const Moment& after)
{
    return !before.isEmpty() && !after.isEmpty() && &before.run() == &after.run()
        && std::abs(before.step() - after.step()) == 1;
}

/// All that may change when nodes are drawn otherwise: they and their links.
QRectF touched(const Scene& scene, std::span<const NodeId> nodes)
{
    QRectF area;
    for (const NodeId id : nodes) {
        if (!scene.contains(id))
            continue;
        area |= scene.box(id);
        for (const std::uint32_t number : scene.wiresOf(id))
            area |= scene.path(scene.wire(number)).bounds();
    }
    return area.adjusted(-10, -10, 10, 10);
}

}  // namespace

GraphView::GraphView(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("canvas"));
    setAttribute(Qt::WA_OpaquePaintEvent);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAcceptDrops(true);
    setMinimumSize(200, 150);
    connect(&m_scene.panels(), &PanelCache::ready, this, [this] {
        m_scene.takePanels();
        repaintAll();
    });
    connect(&Appearance::instance(), &Appearance::changed, this, &GraphView::repaintAll);
    installGraphViewAccessible();
    m_inPlace = new InPlaceEditing(m_scene, m_camera, this);
    connect(m_inPlace, &InPlaceEditing::editRequested, this,
            [this](const Edit& edit, int gesture) { request(edit, gesture); });
    connect(m_inPlace, &InPlaceEditing::wentTo, this, [this](NodeId node) { makeCurrent(node); });
}

GraphView::~GraphView() = default;

void GraphView::select(std::vector<NodeId> nodes)
{
    std::ranges::sort(nodes);
    nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
    std::erase_if(nodes, [this](NodeId id) { return !m_scene.contains(id); });
    if (nodes == m_selection)
        return;
    std::vector<NodeId> changed;
    std::ranges::set_symmetric_difference(nodes, m_selection, std::back_inserter(changed));
    // The one added last is current; else the one that was, if it stays.
    std::vector<NodeId> added;
    std::ranges::set_difference(nodes, m_selection, std::back_inserter(added));
    m_selection = std::move(nodes);
    if (!added.empty())
        m_current = added.back();
    else if (!std::ranges::binary_search(m_selection, m_current))
        m_current = m_selection.empty() ? NodeId() : m_selection.back();
    repaintNodes(changed);
    setLink({});
    announceCurrent(*this);
    Q_EMIT selectionChanged();
}

void GraphView::selectAll()
{
    const auto ids = m_scene.diagram().graph.ids();
    select({ids.begin(), ids.end()});
}

void GraphView::frameSelection()
{
    if (m_selection.empty())
        return frameAll();
    m_camera.frame(m_scene.bounds(m_selection), QSizeF(size()) - QSizeF(2 * frameMargin, 2 * frameMargin));
    m_camera.panBy({frameMargin, frameMargin});
    cameraChanged();
}

void GraphView::frameAll()
{
    QRectF all = contentBounds(m_scene);
    if (all.isEmpty())
        all = QRectF(-width() / 2.0, -height() / 2.0, width(), height());
    m_camera.frame(all, QSizeF(size()) - QSizeF(2 * frameMargin, 2 * frameMargin));
    m_camera.panBy({frameMargin, frameMargin});
    cameraChanged();
}

void GraphView::zoomTo(qreal scale)
{
    zoomAt(scale, QRectF(rect()).center());
}

void GraphView::zoomBy(qreal factor)
{
    zoomTo(m_camera.scale() * factor);
}

void GraphView::reveal(NodeId node)
{
    if (!m_scene.contains(node))
        return;
    const QRectF box = m_camera.toWidget(m_scene.box(node)).adjusted(-16, -16, 16, 16);
    const auto shift = [](qreal low, qreal high, qreal extent) {
        return high - low > extent || low < 0 ? -low : std::min(0.0, extent - high);
    };
    const QPointF by(shift(box.left(), box.right(), width()), shift(box.top(), box.bottom(), height()));
    if (by.isNull())
        return;
    m_camera.panBy(by);
    cameraChanged();
}

void GraphView::showDiagram(const Diagram& now, const Delta& delta)
{
    m_scene.show(now, delta);
    const auto before = m_selection;
    std::erase_if(m_selection, [this](NodeId id) { return !m_scene.contains(id); });
    if (!m_scene.contains(m_current))
        m_current = m_selection.empty() ? NodeId() : m_selection.back();
    if (!m_scene.contains(m_hovered))
        setHovered({});
    diagramChanged(delta);
    gestureChanged();
    repaintAll();
    if (m_selection != before)
        Q_EMIT selectionChanged();
}

void GraphView::showMoment(const Moment& moment)
{
    const Moment before = m_scene.moment();
    const auto changed = m_scene.show(moment);
    m_inPlace->follow();
    announceDescription(*this);
    if (changed)
        return repaintChanged(*changed);
    repaintAll();
    // From one pass to another all changes; what does not fit into the frame comes with the next.
    m_isSettling = m_isSettling || isNextStep(before, moment);
}

void GraphView::showHoverText(const QString& text)
{
    m_hoverText = text;
    update();
}

void GraphView::repaintAll()
{
    m_still.invalidate();
    update();
}

void GraphView::repaintNodes(std::span<const NodeId> nodes)
{
    // In the pixels of the still, which refreshStill() brings to where the camera is now.
    for (const NodeId id : nodes)
        if (m_scene.contains(id))
            m_still.invalidate(m_shown.toPixels(m_scene.box(id).adjusted(-8, -8, 8, 16)).adjusted(-2, -2, 2, 2));
    update();
}

void GraphView::repaintChanged(const SceneChange& change)
{
    if (change.nodes.size() + change.wires.size() > mostRepaintedAlone)
        return repaintAll();
    repaintNodes(change.nodes);
    const bool isStraight = detailAt(m_shown.scale) == Detail::Block;
    for (const std::uint32_t number : change.wires) {
        const LinkPath path = m_scene.path(m_scene.wire(number));
        m_still.invalidate(m_shown.transform().map(isStraight ? path.straight() : path.points()),
                           linkReach * m_shown.pixels() + 2);
    }
}

void GraphView::cameraChanged()
{
    m_inPlace->follow();
    update();
    Q_EMIT zoomChanged(m_camera.scale());
}

void GraphView::gestureChanged()
{
    const auto moved = m_gesture ? m_gesture->moved() : std::span<const NodeId>();
    if (!std::ranges::equal(moved, m_scene.displaced())) {
        const std::vector<NodeId> before = m_scene.displaced();
        m_still.invalidate(m_shown.toPixels(touched(m_scene, before)));
        m_scene.displace({}, {});
        m_still.invalidate(m_shown.toPixels(touched(m_scene, before)));
        m_still.invalidate(m_shown.toPixels(touched(m_scene, moved)));
    }
    m_scene.displace(moved, m_gesture ? m_gesture->offset() : QPointF());
    update();
}

Sight GraphView::sight() const
{
    const qreal ratio = devicePixelRatioF();
    const qreal pixels = m_camera.scale() * ratio;
    const QPointF origin = m_camera.toWidget(QPointF(0, 0)) * ratio;
    // On whole pixels, so that what was drawn can be moved; far from the origin there are none, and no need.
    return {m_camera.scale(), ratio, pixels > 0 ? QPointF(std::round(origin.x()), std::round(origin.y())) : origin};
}

void GraphView::refreshStill(Hurry hurry)
{
    const Sight now = sight();
    const Theme& theme = Appearance::instance().theme();
    const QSize pixels = (QSizeF(size()) * now.ratio).toSize();
    const bool isResized = m_still.size() != pixels;
    m_still.resize(pixels);
    const QPointF moved = now.origin - m_shown.origin;
    const bool isFar = std::abs(moved.x()) > 1e6 || std::abs(moved.y()) > 1e6;
    const bool isOtherScale = now.scale != m_shown.scale || now.ratio != m_shown.ratio;
    if (hurry == Hurry::Yes && isOtherScale && !isFar && !isResized) {
        m_still.stretch(m_shown.transform().inverted() * now.transform(), theme.canvas.rgb());
        m_isSettling = true;
    } else if (isOtherScale || isFar) {
        m_still.invalidate();
    } else {
        m_still.scroll(moved.toPoint(), theme.canvas.rgb());
    }
    m_shown = now;
    const auto draw = [&](QImage& image, const QRect& part) {
        m_painter.paint(image, part, theme, m_scene, now, m_selection);
    };
    if (hurry == Hurry::Yes && m_isSettling)
        m_still.refreshSome(draw, detailAt(now.scale) == Detail::Block ? blockTile : faceTile, settleMilliseconds);
    else
        m_still.refresh(draw);
    m_isSettling = !m_still.isComplete();
    if (m_isSettling)
        m_settleTimer.start(1, this);
}

void GraphView::paintEvent(QPaintEvent*)
{
    const Theme& theme = Appearance::instance().theme();
    QPainter painter(this);
    const bool isOnScreen = backingStore() && painter.paintEngine()->paintDevice() == backingStore()->paintDevice();
    refreshStill(isOnScreen ? Hurry::Yes : Hurry::No);  // Whoever grabs a picture wants all of it.
    painter.drawImage(QPointF(), m_still.image(m_shown.ratio));
    const Sight sight = m_shown.onWidget();
    if (m_hovered != NodeId() && !m_gesture)
        paintHover(painter);
    if (!m_scene.displaced().empty())
        m_painter.paintNodes(painter, theme, m_scene, sight, m_scene.displaced(), m_selection);
    m_painter.paintLabels(painter, theme, m_scene, sight);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_gesture) {
        painter.setTransform(sight.transform());
        m_gesture->paint(painter, theme, m_camera.scale());
        painter.resetTransform();
        if (m_gesture->isUnfinished())
            m_settleTimer.start(1, this);
    }
    paintInput(painter, theme, sight);
    if (!m_hoverText.isEmpty())
        // What is dragged is drawn below the mouse, by the other program.
        paintBubble(painter, theme, m_mouse, m_hoverText, theme.selection, Side::Above);
}

void GraphView::paintHover(QPainter& painter)
{
    const Theme& theme = Appearance::instance().theme();
    const Sight sight = m_shown.onWidget();
    if (m_isDimmed) {
        QColor veil = theme.canvas;
        veil.setAlphaF(0.35F);
        painter.fillRect(rect(), veil);
    }
    m_painter.paintLinksOf(painter, theme, m_scene, sight, m_hovered);
    if (!m_isDimmed)
        return;
    std::vector<NodeId> shown{m_hovered};
    for (const std::uint32_t number : m_scene.wiresOf(m_hovered)) {
        shown.push_back(m_scene.wire(number).from.node);
        shown.push_back(m_scene.wire(number).to.node);
    }
    std::ranges::sort(shown);
    shown.erase(std::ranges::unique(shown).begin(), shown.end());
    m_painter.paintFaces(painter, theme, m_scene, sight, shown, m_selection);
}

void GraphView::resizeEvent(QResizeEvent*)
{
    if (std::exchange(m_isFramePending, false))
        frameAll();
}

void GraphView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        repaintAll();
    QWidget::changeEvent(event);
}

}  // namespace chainrule
