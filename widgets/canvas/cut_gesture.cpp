// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/cut_gesture.h"

#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/port.h"
#include "widgets/canvas/preview.h"

namespace chainrule {

CutGesture::CutGesture(const Scene& scene, QPointF position) : m_scene(scene), m_stroke({position}) {}

void CutGesture::moveTo(QPointF position, Qt::KeyboardModifiers)
{
    const QPointF last = m_stroke.back();
    if (position == last)
        return;
    m_stroke << position;
    for (const Link& link : m_scene.linksIn(QRectF(last, position).normalized().adjusted(-1, -1, 1, 1)))
        if (crosses(linkTo(m_scene, link.to), last, position))
            m_cut.insert(link.to);
}

void CutGesture::paint(QPainter& painter, const Theme& theme, qreal) const
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(screenPen(theme.error, 3));
    for (const Target& target : m_cut)
        painter.drawPolyline(linkTo(m_scene, target));
    painter.setPen(screenPen(theme.text, 1.5, Qt::DashLine));
    painter.drawPolyline(m_stroke);
}

Outcome CutGesture::release()
{
    if (m_cut.empty())
        return {};
    return withoutLinks(m_cut);
}

QString CutGesture::hint() const
{
    return m_cut.empty()     ? tr("Draw across the links that are to go")
         : m_cut.size() == 1 ? tr("Cuts 1 link")
                             : tr("Cuts %1 links").arg(m_cut.size());
}

Edit withoutLinks(const std::set<Target>& links)
{
    Several edit{QCoreApplication::translate("CutGesture", "Delete Links").toStdString(), {}};
    // From behind: items of a list close up.
    for (auto target = links.rbegin(); target != links.rend(); ++target)
        edit.edits.emplace_back(Disconnect{*target});
    if (edit.edits.size() == 1)
        return edit.edits.front();
    return edit;
}

}  // namespace chainrule
