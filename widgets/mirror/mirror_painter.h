// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/grad_graph.h"
#include "widgets/canvas/text_cache.h"
#include "widgets/mirror/mirror_layout.h"
#include "widgets/theme/theme.h"

#include <functional>

class QPainter;

namespace chainrule {

/// What is to be seen besides the graph itself.
struct MirrorMarks {
    Moment moment;
    std::optional<std::uint32_t> current = {};
    std::function<bool(std::uint32_t)> isSelected = {};
    NodeId pointedAt = {};
};

/// Draws boxes and arrows of a backward graph, as much of them as the scale leaves to be read.
class MirrorPainter {
public:
    MirrorPainter();

    /// Of a box that has room for its name and its words, if they are not too long.
    qreal width(const GradGraph& graph, std::uint32_t node);
    /// `area` in the layout's coordinates, at the painter's transform.
    void paint(QPainter& painter, const Theme& theme, const GradGraph& graph, const MirrorLayout& layout,
               const MirrorMarks& marks, const QRectF& area, qreal scale);

private:
    struct Picture {
        const Theme& theme;
        const GradGraph& graph;
        const MirrorLayout& layout;
        const MirrorMarks& marks;
        qreal scale;
    };
    void paintArrows(QPainter& painter, const Picture& picture, const QRectF& area) const;
    void paintBox(QPainter& painter, const Picture& picture, std::uint32_t node);
    void paintWords(QPainter& painter, const Picture& picture, std::uint32_t node);

    TextCache m_names;
    TextCache m_words;
};

/// The node of the step that is shown, by entry of the tape; absent between steps.
std::optional<std::uint32_t> runningEntry(const Moment& moment);
/// "y · held, 24 B": the box's second line.
QString mirrorWords(const GradGraph& graph, std::uint32_t node, const Moment& moment);

}  // namespace chainrule
