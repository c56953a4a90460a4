// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/graph/edit.h"
#include "widgets/canvas/scene.h"
#include "widgets/theme/theme.h"

#include <QPainter>
#include <QPointF>

#include <functional>
#include <span>
#include <variant>
#include <vector>

namespace chainrule {

/// Asks for the search of operations: a link was dropped on empty canvas.
struct AskForOp {
    QPointF position;
    std::optional<OutputId> from = {};  ///< Dragged from an output: ops that accept it, wired to it.
    std::vector<Target> to = {};  ///< Dragged from inputs: ops whose output goes to them.
    std::vector<Edit> first = {};  ///< To be made before, in the same step of undo.
};

/// What a use of the mouse came to.
struct Select {
    std::vector<NodeId> nodes;
};
using Outcome = std::variant<std::monostate, Edit, Select, AskForOp>;

/// One use of the mouse, from press to release, in scene coordinates. The view has at most one. It draws its
/// own preview and its outcome comes at release, so destroying it early (Escape) cancels it without a trace.
class Gesture {
public:
    virtual ~Gesture() = default;
    virtual void moveTo(QPointF position, Qt::KeyboardModifiers modifiers) = 0;
    virtual void paint(QPainter& painter, const Theme& theme, qreal scale) const = 0;
    /// Whether paint() ran out of time and wants to go on in the next frame.
    virtual bool isUnfinished() const { return false; }
    virtual Outcome release() = 0;
    /// Nodes that it moves, which the view draws by themselves on top, displaced by offset().
    virtual std::span<const NodeId> moved() const { return {}; }
    virtual QPointF offset() const { return {}; }
    /// An edit to make at once, before release, merged into one undo step: scrubbing a number.
    virtual std::optional<Edit> live() { return std::nullopt; }
    /// What takes its live edits back, once some have been made.
    virtual std::optional<Edit> undone() const { return std::nullopt; }
    /// What the status line says meanwhile; empty for nothing.
    virtual QString hint() const { return {}; }
    /// Why release() would do nothing, for the status line to say afterwards; empty where it does something.
    virtual QString complaint() const { return {}; }
    /// Whether the view scrolls when the mouse comes to its edge.
    virtual bool mayScroll() const { return true; }
    virtual Qt::CursorShape cursor() const { return Qt::ArrowCursor; }
};

/// Why a link would be refused: asks objection() of engine/autograd.
using Objection = std::function<Failure(const Connect&)>;

}  // namespace chainrule
