// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/graph_view_accessible.h"

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::size_t mostAnnounced = 100;  // A document that is opened is no news node by node.

class NodeAccessible final : public QAccessibleInterface, public QAccessibleActionInterface {
public:
    NodeAccessible(GraphView& view, NodeId node) : m_view(view), m_node(node) {}

    NodeId node() const { return m_node; }

    bool isValid() const override { return m_view.scene().diagram().graph.contains(m_node); }
    QObject* object() const override { return nullptr; }
    QAccessibleInterface* parent() const override { return QAccessible::queryAccessibleInterface(&m_view); }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::ListItem; }

    QString text(QAccessible::Text kind) const override
    {
        if (!isValid())
            return {};
        if (kind == QAccessible::Name)
            return QString::fromStdString(m_view.scene().diagram().graph.at(m_node).name);
        if (kind != QAccessible::Description)
            return {};
        const Scene& scene = m_view.scene();
        QStringList words{scene.face(m_node).description};
        if (const NodeHealth* const health = scene.health(m_node))
            words << findingWords(*health);
        if (const NodeCheck* const check = scene.check(m_node))
            words << check->words;
        if (scene.hasBreakpoint(m_node))
            words << GraphView::tr("breakpoint");
        words.removeAll(QString());
        return words.join(QStringLiteral(", "));
    }
    void setText(QAccessible::Text, const QString&) override {}

    QRect rect() const override
    {
        if (!isValid())
            return {};
        const QRect box = m_view.camera().toWidget(m_view.scene().box(m_node)).toAlignedRect();
        return {m_view.mapToGlobal(box.topLeft()), box.size()};
    }

    QAccessible::State state() const override
    {
        QAccessible::State state;
        state.invalid = !isValid();
        state.focusable = true;
        state.selectable = true;
        state.multiSelectable = true;
        state.selected = std::ranges::binary_search(m_view.selection(), m_node);
        state.focused = m_view.hasFocus() && m_view.current() == m_node;
        state.invisible = !m_view.isVisible();
        state.offscreen =
            !state.invisible && !rect().intersects({m_view.mapToGlobal(QPoint()), m_view.size()});
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this)
                                                    : nullptr;
    }
    QStringList actionNames() const override { return {pressAction(), setFocusAction()}; }
    void doAction(const QString& name) override
    {
        if (!isValid())
            return;
        m_view.select({m_node});
        m_view.reveal(m_node);
        if (name == setFocusAction())
            m_view.setFocus(Qt::OtherFocusReason);
    }
    QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
    GraphView& m_view;
    const NodeId m_node;
};

QAccessibleInterface* made(const QString& className, QObject* object)
{
    if (className != QLatin1String("chainrule::GraphView"))
        return nullptr;
    return new GraphViewAccessible(*static_cast<GraphView*>(object));
}

GraphViewAccessible* listened(GraphView& view)
{
    return QAccessible::isActive()
               ? dynamic_cast<GraphViewAccessible*>(QAccessible::queryAccessibleInterface(&view))
               : nullptr;
}

void notify(QAccessibleInterface* item, QAccessible::Event event)
{
    QAccessibleEvent news(item, event);
    QAccessible::updateAccessibility(&news);
}

}  // namespace

GraphViewAccessible::GraphViewAccessible(GraphView& view) : QAccessibleWidget(&view, QAccessible::List) {}

GraphViewAccessible::~GraphViewAccessible()
{
    for (const auto& [node, id] : m_items)
        QAccessible::deleteAccessibleInterface(id);
}

GraphView& GraphViewAccessible::view() const
{
    return *static_cast<GraphView*>(object());
}

QAccessibleInterface* GraphViewAccessible::item(NodeId node) const
{
    if (!graph().contains(node))
        return nullptr;
    const auto [place, isNew] = m_items.try_emplace(node);
    if (isNew)
        place->second = QAccessible::registerAccessibleInterface(new NodeAccessible(view(), node));
    return QAccessible::accessibleInterface(place->second);
}

int GraphViewAccessible::childCount() const
{
    return int(graph().size()) + QAccessibleWidget::childCount();
}

QAccessibleInterface* GraphViewAccessible::child(int index) const
{
    const int nodes = int(graph().size());
    if (index < 0)
        return nullptr;
    return index < nodes ? item(graph().ids()[std::size_t(index)]) : QAccessibleWidget::child(index - nodes);
}

int GraphViewAccessible::indexOfChild(const QAccessibleInterface* child) const
{
    if (const auto* node = dynamic_cast<const NodeAccessible*>(child)) {
        const auto index = graph().indexOf(node->node());
        return index ? int(*index) : -1;
    }
    const int index = QAccessibleWidget::indexOfChild(child);
    return index < 0 ? -1 : index + int(graph().size());
}

QAccessibleInterface* GraphViewAccessible::childAt(int x, int y) const
{
    const QPoint position = view().mapFromGlobal(QPoint(x, y));
    if (const QWidget* above = view().childAt(position))
        for (const QObject* widget = above; widget; widget = widget->parent())
            if (widget->parent() == &view())
                return QAccessible::queryAccessibleInterface(const_cast<QObject*>(widget));
    const Hit hit = view().scene().hit(view().toScene(position), 0);
    return hit.part == Hit::Part::Empty || hit.part == Hit::Part::Link ? nullptr : item(hit.node);
}

QAccessibleInterface* GraphViewAccessible::focusChild() const
{
    if (view().hasFocus() && view().current() != NodeId())
        return item(view().current());
    return QAccessibleWidget::focusChild();
}

QString GraphViewAccessible::text(QAccessible::Text kind) const
{
    const QString own = QAccessibleWidget::text(kind);
    if (kind == QAccessible::Name)
        return own.isEmpty() ? GraphView::tr("Canvas") : own;
    if (kind == QAccessible::Description)
        return graph().size() == 1 ? GraphView::tr("1 node") : GraphView::tr("%1 nodes").arg(graph().size());
    return own;
}

void GraphViewAccessible::announce(const Delta& delta)
{
    for (const NodeId node : delta.removed)
        if (const auto item = m_items.find(node); item != m_items.end()) {
            notify(QAccessible::accessibleInterface(item->second), QAccessible::ObjectHide);
            QAccessible::deleteAccessibleInterface(item->second);
            m_items.erase(item);
        }
    if (delta.added.size() <= mostAnnounced)
        for (const NodeId node : delta.added)
            notify(item(node), QAccessible::ObjectShow);
    for (const NodeId node : delta.changed)
        if (m_items.contains(node))
            notify(item(node), QAccessible::NameChanged);
}

void installGraphViewAccessible()
{
    static const bool isInstalled = (QAccessible::installFactory(made), true);
    static_cast<void>(isInstalled);
}

void announce(GraphView& view, const Delta& delta)
{
    if (GraphViewAccessible* accessible = listened(view))
        accessible->announce(delta);
}

void announceCurrent(GraphView& view)
{
    GraphViewAccessible* accessible = listened(view);
    if (!accessible)
        return;
    notify(accessible, QAccessible::Selection);
    if (QAccessibleInterface* item = accessible->item(view.current()); item && view.hasFocus())
        notify(item, QAccessible::Focus);
}

void announceDescription(GraphView& view)
{
    if (GraphViewAccessible* accessible = listened(view))
        if (QAccessibleInterface* item = accessible->item(view.current()))
            notify(item, QAccessible::DescriptionChanged);
}

}  // namespace chainrule
