// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/breakpoint.h"
#include "engine/graph/delta.h"
#include "engine/graph/diagram.h"
#include "widgets/player/stops.h"

#include <QObject>
#include <QString>

#include <vector>

namespace chainrule {

/// Where one window's player stops: at marked nodes and at numbers. No part of the document; a mark goes with its
/// node, and does not come back with it.
class Breakpoints : public QObject {
    Q_OBJECT
public:
    explicit Breakpoints(QObject* parent = nullptr) : QObject(parent) {}

    /// By ascending id.
    const std::vector<NodeId>& nodes() const { return m_nodes; }
    const Stops& stops() const { return m_stops; }
    bool isEmpty() const { return m_nodes.empty() && !m_stops.atNotFinite && !m_stops.atNorm; }
    /// Marks those nodes, or, where all are, unmarks them.
    void toggle(const std::vector<NodeId>& nodes);
    void setStops(const Stops& stops);
    void clearNodes();
    void follow(const Diagram& now);

    std::vector<Breakpoint> list() const;

Q_SIGNALS:
    void changed();

private:
    std::vector<NodeId> m_nodes;
    Stops m_stops;
};

/// "z", "NaN or Inf", "norm > 1000".
QString inWords(const Breakpoint& breakpoint, const Graph& graph);

}  // namespace chainrule
