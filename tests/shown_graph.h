// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/replay.h"
#include "engine/graph/delta.h"
#include "engine/io/document.h"
#include "widgets/canvas/scene.h"

#include <QtTest>

#include <string>

namespace chainrule {

/// A document from the JSON of its nodes and backward steps.
inline Diagram diagramOf(const std::string& nodes, const std::string& rest = {})
{
    auto diagram = diagramFromJson(R"({"format": "chainrule", "version": 1, "nodes": [)" + nodes + "]" + rest + "}");
    if (!diagram)
        qFatal("%s", diagram.error().message.c_str());
    return *std::move(diagram);
}

/// After all of the graph's backward steps.
inline Moment momentOf(const Graph& graph)
{
    auto result = run(graph, {.readFile = {}});
    if (!result)
        qFatal("%s", result.error().message.c_str());
    return Moment(std::make_shared<const Replay>(std::make_shared<const Run>(*std::move(result))));
}

/// A diagram and what came of it, with its nodes by name.
struct ShownGraph {
    Diagram diagram;
    Moment end;

    explicit ShownGraph(Diagram shown) : diagram(std::move(shown)), end(momentOf(diagram.graph)) {}
    explicit ShownGraph(const std::string& nodes, const std::string& rest = {}) : ShownGraph(diagramOf(nodes, rest)) {}

    NodeId operator[](const char* name) const { return *diagram.graph.find(name); }
    Face face(const char* name) const { return faceOf(diagram, (*this)[name], end); }
    Face face(const char* name, std::size_t position) const
    {
        return faceOf(diagram, (*this)[name], end.at(position));
    }
    Scene scene() const
    {
        Scene scene;
        scene.show(diagram, wholeOf(diagram));
        scene.show(end);
        return scene;
    }
};

/// A panel as text: "1 -2 | .5 0" row by row, "None", "…"; of a heat map its size and marks.
inline QString text(const Panel& panel)
{
    switch (panel.kind) {
    case Panel::Kind::Absent: return QStringLiteral("absent");
    case Panel::Kind::Word: return panel.word;
    case Panel::Kind::NotYet: return QStringLiteral("…");
    case Panel::Kind::HeatMap:
        return QStringLiteral("heat map %1×%2 of %3×%4").arg(panel.grid.rows).arg(panel.grid.columns)
            .arg(panel.grid.rowCount).arg(panel.grid.columnCount);
    default: break;
    }
    QString words;
    for (std::size_t i = 0; i < panel.cells.size(); ++i) {
        if (i > 0)
            words += i % panel.grid.columns == 0 ? QStringLiteral(" | ") : QStringLiteral(" ");
        words += panel.cells[i].text;
    }
    return words;
}

}  // namespace chainrule
