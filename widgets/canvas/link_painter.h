// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/canvas/broadcast_labels.h"
#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/pixel_painter.h"
#include "widgets/canvas/scene.h"
#include "widgets/canvas/text_cache.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace chainrule {

/// Draws links, each state with a sign of its own beside its colour: dotted where no gradient comes back, dashed and cut
/// where it is detached, plain where one will come, with an arrow against the direction of the link where one came, with
/// a glow, two arrows and what flows where one comes in the step that is shown, with a cross where there is NaN or an
/// infinity. The larger what came back is, the thicker it is, by its logarithm.
class LinkPainter {
public:
    LinkPainter();

    struct Look {
        Detail detail = Detail::Full;
        qreal pixels = 1;  ///< Of the device for each scene unit.
        qreal ratio = 1;   ///< Of the device for each pixel of the widget.
        bool isHighlighted = false;
        bool showsGradients = true;  ///< Otherwise all are alike.
    };
    void paint(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire, const Look& look);
    /// The same in two parts: the line straight into pixels, to which `toPixels` leads; and then the signs on it.
    void strokeLine(PixelPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                    const Look& look, const QTransform& toPixels);
    void paintSigns(QPainter& painter, const Theme& theme, const Scene& scene, std::uint32_t wire,
                    const Look& look);
    /// A link that is none: for the legend.
    static void paintSample(QPainter& painter, const Theme& theme, const QPolygonF& points, const LinkFlow& flow);
    /// What flows now, in words, where its link is, and what broadcasting does on links in the area: above all nodes.
    void paintLabels(QPainter& painter, const Theme& theme, const Scene& scene, const QRectF& area);

    static QColor colour(const Theme& theme, const LinkFlow& flow);
    /// "∂L/∂z += 2×2"; empty where nothing flows through a link.
    static QString flowText(const Scene& scene);
    /// Where flowText() stands, off nodes where that can be; empty without one.
    QRectF flowBox(const Scene& scene);

private:
    TextCache m_label;
    BroadcastLabels m_broadcasts;
};

/// What a link is, in words: from where to where, and its state in the backward pass.
QString linkTooltip(const Scene& scene, const Target& target);

}  // namespace chainrule
