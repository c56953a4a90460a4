// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/scene.h"
#include "widgets/canvas/text_cache.h"
#include "widgets/theme/theme.h"

#include <QPainter>
#include <QRectF>
#include <QSizeF>
#include <QString>

#include <unordered_map>
#include <vector>

namespace chainrule {

/// What broadcasting does to a tensor on its way, said on the link: "(3,) → (4, 3)", and once a gradient has come back how
/// that was folded: "sum over dim 0". None lies on a node, a port or another label: with little room it is
/// said shorter, "(3,)→(4,3)" and "Σ dim 0", and without any not at all.
class BroadcastLabels {
public:
    /// Labels are read from this scale on.
    static constexpr qreal smallestScale = 0.6;

    struct Label {
        Target target;
        QString shapes;  ///< Empty where there is room for the other alone.
        QString fold;    ///< Empty before the gradient has come.
        QRectF box;      ///< In the scene.
    };

    BroadcastLabels();

    /// Those that may be seen in the area, none over `taken`.
    std::vector<Label> labels(const Scene& scene, const QRectF& area, const QRectF& taken = {});
    void paint(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area, const QRectF& taken);

private:
    struct Form {
        QString shapes;
        QString fold;
    };
    struct Words {
        Target target;
        Form whole;
        Form small;
    };
    const std::vector<Words>& wordsOf(NodeId node);
    /// From the one that says most.
    static std::vector<Form> formsNow(const Words& words, bool hasComeBack);
    QSizeF sizeOf(const Form& form);

    TextCache m_text;
    Moment m_moment;  // What the words are of, by its run.
    std::unordered_map<NodeId, std::vector<Words>> m_words;
};

}  // namespace chainrule
