// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/scrub_gesture.h"

#include <cmath>

namespace chainrule {
namespace {

constexpr qreal pixelsPerInt = 8;  // On the screen; other numbers take a step with each.

}  // namespace

ScrubGesture::ScrubGesture(const Scene& scene, NodeId node, SourceNumber number, QPointF position,
                           qreal scale)
    : m_scene(scene), m_node(node), m_number(std::move(number)),
      m_before(sourceAsItIs(scene.diagram().graph, node)), m_scale(scale), m_last(position),
      m_shown(m_number.text())
{
}

void ScrubGesture::moveTo(QPointF position, Qt::KeyboardModifiers modifiers)
{
    const bool isFine = modifiers.testFlag(Qt::ShiftModifier);
    const double factor = isFine ? 0.1 : modifiers.testFlag(Qt::ControlModifier) ? 10 : 1;
    const double pixels = (position.x() - m_last.x()) * m_scale;
    m_last = position;
    // Added up, so that pressing a modifier on the way makes no leap.
    m_steps += factor * (m_number.isInt() ? pixels / pixelsPerInt : pixels);
    m_grain = m_number.isInt() ? 1 : factor;
}

std::optional<Edit> ScrubGesture::live()
{
    const std::string text = m_number.changedBy(std::round(m_steps / m_grain) * m_grain);
    if (text == m_shown)
        return std::nullopt;
    const auto change = withSourceText(m_scene.diagram().graph, m_node, text);
    if (!change)
        return std::nullopt;  // An int that the dtype cannot hold, say.
    m_shown = text;
    m_hasChanged = true;
    return *change;
}

std::optional<Edit> ScrubGesture::undone() const
{
    return m_hasChanged ? std::optional<Edit>(m_before) : std::nullopt;
}

void ScrubGesture::paint(QPainter&, const Theme&, qreal) const {}

QString ScrubGesture::hint() const
{
    return tr("%1; Shift is finer, Ctrl coarser, Escape takes it back")
        .arg(QString::fromStdString(m_shown).simplified());
}

}  // namespace chainrule
