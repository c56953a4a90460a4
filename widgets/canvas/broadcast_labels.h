// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"
#include "widgets/canvas/text_cache.h"
#include "widgets/theme/theme.h"

#include <QPainter>
#include <QRectF>
#include <QString>

#include <optional>
#include <unordered_map>
#include <vector>

namespace chainrule {

/// What broadcasting does to a tensor on its way, said on the link: "(3,) → (4, 3)", and once a gradient has come back how
/// that was folded: "sum over dim 0". Where there is no room beside nodes and other labels nothing is said.
class BroadcastLabels {
public:
    /// Labels are read from this scale on.
    static constexpr qreal smallestScale = 0.6;

    struct Label {
        Target target;
        QString shapes;
        QString fold;  ///< Empty before the gradient has come.
        QRectF box;    ///< In the scene.
    };

    BroadcastLabels();

    /// Those that may be seen in the area, none over `taken`.
    std::vector<Label> labels(const Scene& scene, const QRectF& area, const QRectF& taken = {});
    void paint(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area, const QRectF& taken);

private:
    struct Words {
        Target target;
        QString shapes;
        QString fold;
    };
    const std::vector<Words>& wordsOf(NodeId node);

    TextCache m_text;
    Moment m_moment;  // What the words are of, by its run.
    std::unordered_map<NodeId, std::vector<Words>> m_words;
};

}  // namespace chainrule
