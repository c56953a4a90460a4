// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/run.h"
#include "engine/io/document.h"
#include "widgets/canvas/graph_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QtTest>

#include <string>
#include <vector>

namespace chainrule {

/// A canvas with a document behind it that applies what the canvas asks for, keeps every step and evaluates
/// at once. Its mouse and keys are real events.
class CanvasBench {
public:
    explicit CanvasBench(const std::string& nodes)
    {
        QObject::connect(&view, &GraphView::editRequested, &view,
                         [this](const Edit& edit, int gesture) { apply(edit, gesture); });
        QObject::connect(&view, &GraphView::hinted, &view, [this](const QString& text) { hints << text; });
        QObject::connect(&view, &GraphView::refused, &view, [this](const QString& reason) { refusals << reason; });
        view.resize(1000, 700);
        view.show();
        show(*diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]}"));
        view.frameAll();
        view.zoomTo(1);
        view.setFocus();
        QTest::qWait(0);
    }

    GraphView view;
    Diagram diagram;
    std::vector<Diagram> history;  // The diagram before each step.
    QStringList hints;
    QStringList refusals;
    std::optional<Error> rejected;

    void apply(const Edit& edit, int gesture = 0)
    {
        auto after = chainrule::apply(diagram, edit);
        if (!after) {
            rejected = after.error();
            return;
        }
        if (*after == diagram)
            return;
        if (gesture == 0 || gesture != m_lastGesture)
            history.push_back(diagram);
        m_lastGesture = gesture;
        show(*std::move(after));
        if (history.back() == diagram) {
            history.pop_back();  // There and back is no step.
            m_lastGesture = 0;
        }
    }
    void undo()
    {
        const Diagram before = history.back();
        history.pop_back();
        m_lastGesture = 0;
        show(before);
    }
    std::size_t steps() const { return history.size(); }

    NodeId id(const std::string& name) const { return diagram.graph.find(name).value_or(NodeId()); }
    const Node& node(const std::string& name) const { return diagram.graph.at(id(name)); }
    /// "x", "m:values"; "" for an open input.
    std::string source(const std::string& name, std::uint32_t parameter = 0, std::uint32_t item = 0) const
    {
        const auto& inputs = node(name).inputs;
        if (parameter >= inputs.size() || inputs[parameter].isOpen())
            return {};
        const Source* source = inputs[parameter].single();
        if (const SourceList* list = inputs[parameter].list())
            source = item < list->size() && (*list)[item] ? &*(*list)[item] : nullptr;
        if (!source)
            return {};
        return diagram.graph.at(source->node).name + (source->output.empty() ? "" : ":" + source->output);
    }
    std::string attribute(const std::string& name, const std::string& attribute) const
    {
        const auto& attributes = node(name).attributes;
        const auto found = attributes.find(attribute);
        if (found == attributes.end())
            return {};
        const auto* text = std::get_if<std::string>(&found->second);
        return text ? *text : python(found->second);
    }
    QPointF position(const std::string& name) const
    {
        const auto point = diagram.layout.positions.find(id(name));
        return point ? QPointF(point->x, point->y) : QPointF(qQNaN(), qQNaN());
    }
    QStringList selected() const
    {
        QStringList names;
        for (const NodeId node : view.selection())
            names << QString::fromStdString(diagram.graph.at(node).name);
        return names;
    }

    // Where things are, in the widget.
    QPoint at(QPointF scene) const { return view.toWidget(scene).toPoint(); }
    QPoint output(const std::string& name, std::uint32_t index = 0) const
    {
        return at(view.scene().at(OutputId{id(name), index}));
    }
    QPoint input(const std::string& name, std::uint32_t parameter = 0,
                 std::optional<std::uint32_t> item = {}) const
    {
        return at(view.scene().at(Target{id(name), parameter, item}));
    }
    QPoint part(const std::string& name, QPointF inNode) const
    {
        return at(view.scene().box(id(name)).topLeft() + inNode);
    }
    /// Below the title, where nothing else is.
    QPoint body(const std::string& name) const { return part(name, {100, face_metrics::titleHeight + 10}); }
    QPoint title(const std::string& name) const { return part(name, {30, 14}); }
    /// Of the value's panel.
    QPoint cell(const std::string& name, int row = 0, int column = 0) const
    {
        const QRectF panel = view.scene().shape(id(name)).valuePanel(0);
        const PanelGrid grid = panelGrid(view.scene().moment().result(id(name))->outputs[0].tensor().shape());
        const QSizeF size(grid.size.width() / grid.columns, grid.size.height() / grid.rows);
        return part(name,
                    panel.topLeft() + QPointF((column + 0.5) * size.width(), (row + 0.5) * size.height()));
    }
    QPoint gradient(const std::string& name) const
    {
        return part(name, view.scene().shape(id(name)).gradientPanel(0).topLeft() + QPointF(6, 6));
    }
    QPoint empty() const { return {view.width() - 60, view.height() - 60}; }

    // The mouse.
    void press(QPoint at, Qt::KeyboardModifiers modifiers = {}, Qt::MouseButton button = Qt::LeftButton)
    {
        QTest::mousePress(&view, button, modifiers, at);
        m_buttons |= button;
    }
    void move(QPoint to, Qt::KeyboardModifiers modifiers = {})
    {
        QMouseEvent event(QEvent::MouseMove, to, view.mapToGlobal(QPointF(to)), Qt::NoButton, m_buttons,
                          modifiers);
        QApplication::sendEvent(&view, &event);
    }
    void release(QPoint at, Qt::KeyboardModifiers modifiers = {}, Qt::MouseButton button = Qt::LeftButton)
    {
        m_buttons &= ~Qt::MouseButtons(button);
        QTest::mouseRelease(&view, button, modifiers, at);
    }
    /// Presses and moves there in a few steps, without letting go.
    void drag(QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = {},
              Qt::MouseButton button = Qt::LeftButton)
    {
        press(from, modifiers, button);
        for (int i = 1; i <= 5; ++i)
            move(from + (to - from) * i / 5, modifiers);
    }
    void drop(QPoint from, QPoint to, Qt::KeyboardModifiers modifiers = {},
              Qt::MouseButton button = Qt::LeftButton)
    {
        drag(from, to, modifiers, button);
        release(to, modifiers, button);
    }
    void click(QPoint at, Qt::KeyboardModifiers modifiers = {}, Qt::MouseButton button = Qt::LeftButton)
    {
        press(at, modifiers, button);
        release(at, modifiers, button);
    }
    void doubleClick(QPoint at)
    {
        click(at);
        QTest::mouseDClick(&view, Qt::LeftButton, {}, at);
        QTest::mouseRelease(&view, Qt::LeftButton, {}, at);
    }
    void key(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(&view, Qt::Key(key), modifiers);
    }

private:
    void show(Diagram now)
    {
        const Delta delta = diff(diagram, now);
        diagram = std::move(now);
        view.showDiagram(diagram, delta);
        if (!delta.affectsValues())
            return;
        auto run = chainrule::run(diagram.graph, {});
        if (run)
            view.showMoment(
                Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(run)))));
    }

    int m_lastGesture = 0;
    Qt::MouseButtons m_buttons;
};

}  // namespace chainrule
