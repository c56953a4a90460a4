// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/benchmarks/graphics_view.h"

#include <QGraphicsItem>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QStaticText>
#include <QStyleOptionGraphicsItem>

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

constexpr QSizeF nodeSize(140, 72);
constexpr double fewDetails = 0.5;
constexpr double noDetails = 0.2;

class EdgeItem;

class NodeItem final : public QGraphicsItem {
public:
    NodeItem(const QString& title, const QString& value) : m_title(title), m_value(value)
    {
        setFlags(ItemIsMovable | ItemIsSelectable | ItemSendsGeometryChanges | ItemUsesExtendedStyleOption);
        m_title.setPerformanceHint(QStaticText::AggressiveCaching);
        m_value.setPerformanceHint(QStaticText::AggressiveCaching);
        setZValue(1);
    }
    QPointF input(int index) const { return pos() + QPointF(0, index == 0 ? 34 : 56); }
    QPointF output() const { return pos() + QPointF(nodeSize.width(), 44); }
    void addEdge(EdgeItem* edge) { m_edges.push_back(edge); }

private:
    QRectF boundingRect() const override { return QRectF(QPointF(), nodeSize).adjusted(-6, -6, 6, 6); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget*) override
    {
        const double scale = QStyleOptionGraphicsItem::levelOfDetailFromTransform(painter->worldTransform());
        const QRectF box(QPointF(), nodeSize);
        if (scale < noDetails) {
            painter->fillRect(box, Qt::darkCyan);
            return;
        }
        painter->setPen(QPen(option->state & QStyle::State_Selected ? Qt::yellow : Qt::gray, 0));
        painter->setBrush(Qt::darkGray);
        painter->drawRoundedRect(box, 6, 6);
        painter->setPen(Qt::white);
        painter->drawStaticText(QPointF(10, 6), m_title);
        if (scale < fewDetails)
            return;
        painter->drawStaticText(QPointF(10, 36), m_value);
        painter->setBrush(Qt::cyan);
        for (const QPointF port : {QPointF(0, 34), QPointF(0, 56), QPointF(nodeSize.width(), 44)})
            painter->drawEllipse(port, 5, 5);
    }
    QVariant itemChange(GraphicsItemChange change, const QVariant& value) override;

    QStaticText m_title;
    QStaticText m_value;
    std::vector<EdgeItem*> m_edges;
};

class EdgeItem final : public QGraphicsItem {
public:
    EdgeItem(NodeItem* from, NodeItem* to, int input) : m_from(from), m_to(to), m_input(input) { follow(); }

    void follow()
    {
        prepareGeometryChange();
        const QPointF start = m_from->output();
        const QPointF end = m_to->input(m_input);
        const QPointF handle(std::max(40.0, std::abs(end.x() - start.x()) / 2), 0);
        m_path = QPainterPath(start);
        m_path.cubicTo(start + handle, end - handle, end);
    }

private:
    QRectF boundingRect() const override { return m_path.controlPointRect().adjusted(-2, -2, 2, 2); }
    QPainterPath shape() const override { return {}; }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override
    {
        painter->setPen(QPen(Qt::lightGray, 0));  // Cosmetic.
        painter->setBrush(Qt::NoBrush);
        painter->drawPath(m_path);
    }

    NodeItem* m_from;
    NodeItem* m_to;
    int m_input;
    QPainterPath m_path;
};

QVariant NodeItem::itemChange(GraphicsItemChange change, const QVariant& value)
{
    if (change == ItemPositionHasChanged)
        for (EdgeItem* const edge : m_edges)
            edge->follow();
    return QGraphicsItem::itemChange(change, value);
}

}  // namespace

GraphicsView::GraphicsView()
{
    setScene(&m_scene);
    setRenderHint(QPainter::Antialiasing);
    setOptimizationFlags(DontSavePainterState | DontAdjustForAntialiasing);
    setViewportUpdateMode(SmartViewportUpdate);
    setTransformationAnchor(AnchorViewCenter);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(NoFrame);
    setBackgroundBrush(QColor(30, 33, 38));
}

void GraphicsView::showDiagram(const Diagram& diagram)
{
    const Graph& graph = diagram.graph;
    m_items.resize(graph.nextId().value, nullptr);
    for (const NodeId id : graph.ids()) {
        const Point at = *diagram.layout.positions.find(id);
        auto* const item = new NodeItem(QString::fromStdString(graph.at(id).name),
                                        QString::number(std::sin(id.value), 'f', 4));
        item->setPos(at.x, at.y);
        m_items[id.value] = item;
        m_scene.addItem(item);
    }
    for (const NodeId id : graph.ids()) {
        int input = 0;
        forEachSource(graph.at(id), [&](const Source& source) {
            auto* const from = static_cast<NodeItem*>(m_items[source.node.value]);
            auto* const to = static_cast<NodeItem*>(m_items[id.value]);
            auto* const edge = new EdgeItem(from, to, input++);
            from->addEdge(edge);
            to->addEdge(edge);
            m_scene.addItem(edge);
        });
    }
}

void GraphicsView::centre(NodeId node)
{
    resetTransform();
    centerOn(m_items[node.value]->pos() + QPointF(nodeSize.width(), nodeSize.height()) / 2);
    m_scene.clearSelection();
}

void GraphicsView::zoomTo(double scale)
{
    setTransform(QTransform::fromScale(scale, scale));
}

void GraphicsView::scrollBy(QPointF pixels)
{
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - int(pixels.x()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() - int(pixels.y()));
}

}  // namespace chainrule
