// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/gesture.h"
#include "widgets/canvas/port.h"

#include <QCoreApplication>

#include <map>
#include <optional>
#include <vector>

namespace chainrule {

/// Links of which one end is loose.
struct LooseLinks {
    std::optional<Source> from = {};  ///< Where the link begins; the loose end looks for an input. Or else
    std::vector<Target> to = {};  ///< where they end; the loose end looks for an output.
    std::optional<Target> taken = {};  ///< The link is gone from here once it is elsewhere.
    bool areAll = false;  ///< All links of one output, which are there already.
};

/// A new one, from an output or backwards from an input.
LooseLinks newLink(const Scene& scene, const Port& port);
/// The end of a link that is there, or another link from where it begins. Precondition: the input is
/// connected.
enum class Take { Move, Copy };
LooseLinks linkEnd(const Scene& scene, const Target& target, Take take);
/// The beginnings of all links of an output.
LooseLinks allLinks(const Scene& scene, const OutputId& output);

/// Dragging the loose end. It takes the port under the mouse, or on a node's body the nearest that fits;
/// ports that fit glow, and where one does not the end says why. Ctrl at release connects what only the op
/// refuses.
class ConnectGesture final : public Gesture {
    Q_DECLARE_TR_FUNCTIONS(ConnectGesture)
public:
    ConnectGesture(const Scene& scene, LooseLinks links, QPointF position, qreal scale, Objection objection);

    void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) override;
    void paint(QPainter& painter, const Theme& theme, qreal scale) const override;
    bool isUnfinished() const override { return m_isUnfinished; }
    Outcome release() override;
    QString hint() const override;
    QString complaint() const override;
    Qt::CursorShape cursor() const override { return Qt::CrossCursor; }

    /// Whether its end has found a port.
    bool hasPort() const { return m_port.has_value(); }

private:
    std::vector<Connect> linksTo(const Port& port) const;
    std::vector<Port> candidates(NodeId node) const;
    Failure refusal(const Port& port) const;
    bool isRefused(const Port& port) const;
    bool isConnected(const Port& port) const;
    std::optional<Port> portUnder(const Hit& hit, QPointF position) const;
    bool isForced() const;
    bool staysHere(NodeId node) const;
    void paintPorts(QPainter& painter, const Theme& theme, qreal scale) const;
    void paintLinks(QPainter& painter, const Theme& theme) const;

    const Scene& m_scene;
    const LooseLinks m_links;
    const qreal m_reach;
    const Objection m_objection;
    QPointF m_end;
    Qt::KeyboardModifiers m_modifiers = Qt::NoModifier;
    bool m_isOverNode = false;
    std::optional<Port> m_port;
    Failure m_refused;
    mutable std::map<Port, bool> m_verdicts;  // Of the ports that were in view.
    mutable bool m_isUnfinished = false;      // Some in view have none yet.
};

}  // namespace chainrule
