// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/press.h"

#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/source_text.h"

#include <QCoreApplication>

#include <cmath>

namespace chainrule {
namespace {

/// The tensor that the panel under the point shows, if it shows one.
bool hasTensor(const Scene& scene, const Hit& hit)
{
    const auto& outputs = scene.face(hit.node).outputs;
    if (hit.output.index >= outputs.size())
        return false;
    const auto& output = outputs[hit.output.index];
    return (hit.part == Hit::Part::Value ? output.value : output.gradient).hasTensor();
}

bool isPanel(const Hit& hit)
{
    return hit.part == Hit::Part::Value || hit.part == Hit::Part::Gradient;
}

Drag dragOfPort(const Scene& scene, const Press& press)
{
    if (press.hit.part == Hit::Part::Output) {
        if (!press.modifiers.testFlag(Qt::ControlModifier))
            return Drag::Link;
        for (const Link& link : scene.linksOf(press.hit.node))
            if (link.from == scene.source(press.hit.output))
                return Drag::AllLinks;
        return Drag::Link;
    }
    if (!scene.connected(press.hit.target))
        return Drag::Link;
    return press.modifiers.testFlag(Qt::ShiftModifier) ? Drag::LinkCopy : Drag::LinkEnd;
}

}  // namespace

Drag dragOf(const Scene& scene, const Press& press, QPointF moved, qreal scale)
{
    if (press.isCutting && press.button != Qt::MiddleButton)
        return Drag::Cut;
    if (press.button == Qt::RightButton && press.modifiers.testFlag(Qt::ControlModifier))
        return Drag::Cut;
    if (press.button != Qt::LeftButton)
        return Drag::Nothing;
    switch (press.hit.part) {
    case Hit::Part::Empty:
    case Hit::Part::Link: return Drag::Band;
    case Hit::Part::Input:
    case Hit::Part::Output: return dragOfPort(scene, press);
    default: break;
    }
    if (press.modifiers.testFlag(Qt::AltModifier))
        return Drag::Duplicate;
    if (detailAt(scale) != Detail::Full || !isPanel(press.hit) || !hasTensor(scene, press.hit))
        return Drag::Move;
    const bool isSideways = std::abs(moved.x()) >= std::abs(moved.y());
    return isSideways && isScrubbable(scene, press.hit) ? Drag::Scrub : Drag::TakeOut;
}

bool isScrubbable(const Scene& scene, const Hit& hit)
{
    if (hit.part != Hit::Part::Value || !hit.element)
        return false;
    const auto& outputs = scene.face(hit.node).outputs;
    const bool hasNumbers =
        hit.output.index < outputs.size() && outputs[hit.output.index].value.kind != Panel::Kind::HeatMap;
    return hasNumbers && SourceNumber::of(scene.diagram().graph, hit.node, *hit.element).has_value();
}

QString dragHint(const Scene& scene, const Hit& hit, qreal scale)
{
    const auto translated = [](const char* text) { return QCoreApplication::translate("Press", text); };
    if (detailAt(scale) != Detail::Full || !isPanel(hit) || !hasTensor(scene, hit))
        return {};
    if (isScrubbable(scene, hit))
        return translated(
            "Drag sideways to change the number, up or down to take the tensor out as a .npy file; "
            "double click to type");
    return hit.part == Hit::Part::Value ? translated("Drag to take the value out as a .npy file")
                                        : translated("Click a number to see where it comes from; drag to take the "
                                                     "gradient out as a .npy file");
}

}  // namespace chainrule
