// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/delta.h"
#include "engine/io/document.h"
#include "widgets/inspector/inspector.h"
#include "widgets/player/step_line.h"

#include <QtTest>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSlider>
#include <QSpinBox>
#include <QTabBar>

#include <algorithm>
#include <memory>
#include <vector>

namespace chainrule {

inline QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

inline constexpr char example[] = R"({"format": "chainrule", "version": 1, "nodes": [
    {"name": "x", "op": "tensor", "attributes": {"value": "[[1, -1, .5], [.4, 1.5, -1]]"}},
    {"name": "W", "op": "tensor", "attributes": {"value": "[[.8, .3, -.6], [-.4, 1.1, .2]]", "requires_grad": true}},
    {"name": "b", "op": "tensor", "attributes": {"value": "[.1, -.2]", "requires_grad": true}},
    {"name": "z", "op": "linear", "inputs": ["x", "W", "b"]},
    {"name": "r", "op": "relu", "inputs": ["z"]},
    {"name": "g", "op": "sigmoid", "inputs": ["z"]},
    {"name": "m", "op": "mul", "inputs": ["r", "g"]},
    {"name": "loss", "op": "mean", "inputs": ["m"]},
    {"name": "cube", "op": "arange", "attributes": {"end": 24}},
    {"name": "deep", "op": "reshape", "inputs": ["cube"], "attributes": {"shape": [2, 3, 4]}},
    {"name": "odd", "op": "tensor", "attributes": {"value": "[nan, inf, -inf, 0, 0, 1, 2, -3.5]"}},
    {"name": "bad", "op": "matmul", "inputs": ["x", "W"]},
    {"name": "s", "op": "sum", "inputs": ["x"], "attributes": {"dim": [0]}},
    {"name": "joined", "op": "cat", "inputs": [["x", "W"]]},
    {"name": "one", "op": "zeros", "attributes": {"size": [1, 1]}},
    {"name": "huge", "op": "expand", "inputs": ["one"], "attributes": {"size": [10000, 10000]}},
    {"name": "mx", "op": "max", "inputs": ["W"], "attributes": {"dim": 1}}
  ], "backward": [{"roots": ["loss"]}]})";

inline std::shared_ptr<const Replay> replayOf(const Graph& graph)
{
    auto result = run(graph, {});
    return result ? std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result))) : nullptr;
}

/// The inspector as the window has it: what it asks for is done, and it is shown what came of it.
class Bench {
public:
    explicit Bench(const char* node, Inspector::Tab tab = Inspector::Tab::ValueTable)
        : diagram(*diagramFromJson(example)), moment(replayOf(diagram.graph))
    {
        inspector.resize(320, 900);
        inspector.showDiagram(diagram, wholeOf(diagram));
        inspector.showMoment(moment);
        QObject::connect(&inspector, &Inspector::editRequested, &inspector, [this](const Edit& edit) {
            edits.push_back(edit);
            auto after = apply(diagram, edit);
            if (!after)
                return;
            const Delta delta = diff(diagram, *after);
            diagram = *std::move(after);
            inspector.showDiagram(diagram, delta);
        });
        QObject::connect(&inspector, &Inspector::hinted, &inspector, [this](const QString& hint) { hints << hint; });
        inspector.setNode(id(node));
        inspector.showTab(tab);
        inspector.show();
        inspector.activateWindow();
        inspector.setFocus();
    }

    NodeId id(const char* name) const { return *diagram.graph.find(name); }
    template <typename T>
    T* find(const char* name) const
    {
        QCoreApplication::processEvents();  // Qt shows what is added to a layout a moment later.
        for (T* const child : inspector.findChildren<T*>(QLatin1String(name)))
            if (child->isVisible())
                return child;
        return nullptr;
    }
    /// Of the visible ones.
    template <typename T>
    T* findOnly() const
    {
        QCoreApplication::processEvents();
        for (T* const child : inspector.findChildren<T*>())
            if (child->isVisible())
                return child;
        return nullptr;
    }
    QString message() const
    {
        const auto* const label = find<QLabel>("message");
        return label ? label->text() : QString();
    }
    bool says(const QString& words) const
    {
        const auto labels = inspector.findChildren<QLabel*>();
        return std::ranges::any_of(labels, [&](QLabel* l) { return l->isVisible() && l->text().contains(words); });
    }
    void type(QWidget* field, const QString& what)
    {
        field->setFocus();
        QTest::keyClick(field, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(field, Qt::Key_Delete);
        for (const QChar c : what) {
            if (c == u'\n')
                QTest::keyClick(field, Qt::Key_Return);
            else
                QTest::keyClicks(field, QString(c));
        }
    }

    Diagram diagram;
    Moment moment;
    std::vector<Edit> edits;
    QStringList hints;
    Inspector inspector;
};

inline QStringList rowsOf(const QAbstractItemModel& model)
{
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column)
            cells << model.index(row, column).data().toString();
        rows << cells.join(u' ');
    }
    return rows;
}

/// Controls that assistive technology could only call by their class.
inline QStringList unnamedControls(QWidget& root)
{
    QStringList unnamed;
    for (QWidget* const widget : root.findChildren<QWidget*>()) {
        const auto* const button = qobject_cast<QAbstractButton*>(widget);
        const auto* const edit = qobject_cast<QLineEdit*>(widget);
        const bool isInner = edit && (qobject_cast<QSpinBox*>(edit->parent()) || qobject_cast<QComboBox*>(edit->parent()));
        const bool isControl = button || edit || qobject_cast<QComboBox*>(widget) || qobject_cast<QSpinBox*>(widget)
                               || qobject_cast<QSlider*>(widget) || qobject_cast<StepLine*>(widget)
                               || qobject_cast<QPlainTextEdit*>(widget) || qobject_cast<QAbstractItemView*>(widget);
        const bool isQts = widget->inherits("QTableCornerButton") || widget->inherits("QHeaderView")
                           || widget->inherits("QLineEditIconButton") || widget->inherits("QComboBoxListView")
                           || qobject_cast<QTabBar*>(widget->parent());
        if (isControl && !isInner && !isQts && widget->accessibleName().isEmpty() && !(button && !button->text().isEmpty()))
            unnamed << QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName();
    }
    return unnamed;
}

}  // namespace chainrule
