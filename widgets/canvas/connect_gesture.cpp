// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/connect_gesture.h"

#include "widgets/canvas/level_of_detail.h"
#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/preview.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace chainrule {
namespace {

constexpr qreal portRadius = face_metrics::portRadius;
constexpr qreal portReach = 12;  // On the screen.
constexpr qint64 mostMilliseconds = 3;  // For verdicts in one frame; the others come with the next.

qreal apart(QPointF a, QPointF b)
{
    return std::hypot(a.x() - b.x(), a.y() - b.y());
}

bool isStructural(const Error& error)
{
    return error.kind == Error::Kind::Document;
}

}  // namespace

LooseLinks newLink(const Scene& scene, const Port& port)
{
    if (const auto* output = std::get_if<OutputId>(&port))
        return {.from = scene.source(*output)};
    return {.to = {std::get<Target>(port)}};
}

LooseLinks linkEnd(const Scene& scene, const Target& target, Take take)
{
    LooseLinks links{.from = scene.connected(target)};
    if (take == Take::Move)
        links.taken = target;
    return links;
}

LooseLinks allLinks(const Scene& scene, const OutputId& output)
{
    LooseLinks links{.areAll = true};
    const Source source = scene.source(output);
    for (const Link& link : scene.linksOf(output.node))
        if (link.from == source)
            links.to.push_back(link.to);
    return links;
}

ConnectGesture::ConnectGesture(const Scene& scene, LooseLinks links, QPointF position, qreal scale,
                               Objection objection)
    : m_scene(scene), m_links(std::move(links)), m_reach(portReach / scale),
      m_objection(std::move(objection)), m_end(position)
{
}

std::vector<Connect> ConnectGesture::linksTo(const Port& port) const
{
    if (const auto* target = std::get_if<Target>(&port))
        return {{*m_links.from, *target}};
    std::vector<Connect> links;
    for (const Target& target : m_links.to)
        links.push_back({m_scene.source(std::get<OutputId>(port)), target});
    return links;
}

std::vector<Port> ConnectGesture::candidates(NodeId node) const
{
    if (!m_links.from) {
        const auto outputs = m_scene.outputs(node);
        return {outputs.begin(), outputs.end()};
    }
    const auto inputs = m_scene.inputs(node);
    return {inputs.begin(), inputs.end()};
}

Failure ConnectGesture::refusal(const Port& port) const
{
    for (const Connect& link : linksTo(port))
        if (auto failure = m_objection(link))
            return failure;
    return std::nullopt;
}

bool ConnectGesture::isRefused(const Port& port) const
{
    const auto known = m_verdicts.find(port);
    if (known != m_verdicts.end())
        return known->second;
    return m_verdicts[port] = refusal(port).has_value();
}

bool ConnectGesture::isConnected(const Port& port) const
{
    const auto* target = std::get_if<Target>(&port);
    return target && m_scene.connected(*target);
}

/// Whether the end that is not loose belongs to the node.
bool ConnectGesture::staysHere(NodeId node) const
{
    return m_links.from ? m_links.from->node == node
                        : m_links.to.size() == 1 && m_links.to.front().node == node;
}

std::optional<Port> ConnectGesture::portUnder(const Hit& hit, QPointF position) const
{
    if (m_links.from && hit.part == Hit::Part::Input)
        return hit.target;
    if (!m_links.from && hit.part == Hit::Part::Output)
        return hit.output;
    if (!m_isOverNode || staysHere(hit.node))
        return std::nullopt;
    std::vector<Port> ports = candidates(hit.node);
    const auto best = std::min_element(ports.begin(), ports.end(), [&](const Port& a, const Port& b) {
        const auto rank = [&](const Port& port) {
            return std::tuple(isConnected(port), isRefused(port),
                              apart(chainrule::at(m_scene, port), position));
        };
        return rank(a) < rank(b);
    });
    return best == ports.end() ? std::nullopt : std::optional(*best);
}

void ConnectGesture::moveTo(QPointF position, Qt::KeyboardModifiers modifiers)
{
    const Hit hit = m_scene.hit(position, m_reach);
    m_modifiers = modifiers;
    m_isOverNode = hit.part != Hit::Part::Empty && hit.part != Hit::Part::Link;
    m_port = portUnder(hit, position);
    m_refused = m_port ? refusal(*m_port) : std::nullopt;
    m_end = m_port ? chainrule::at(m_scene, *m_port) : position;
}

/// Whether the link is made although the op refuses it. Not when all links are moved: Ctrl is held for that.
bool ConnectGesture::isForced() const
{
    return m_refused && !isStructural(*m_refused) && m_modifiers.testFlag(Qt::ControlModifier)
           && !m_links.areAll;
}

Outcome ConnectGesture::release()
{
    if (m_port) {
        if (m_refused && !isForced())
            return {};
        const auto links = linksTo(*m_port);
        if (links.size() == 1 && m_scene.connected(links.front().to) == links.front().from
            && (!m_links.taken || *m_links.taken == links.front().to))
            return {};
        if (links.size() == 1 && !m_links.taken)
            return Edit(links.front());
        Several edit{(m_links.areAll ? tr("Move Links") : tr("Move Link")).toStdString(), {}};
        edit.edits.assign(links.begin(), links.end());
        // Last: items of a list close up.
        if (m_links.taken && *m_links.taken != links.front().to)
            edit.edits.emplace_back(Disconnect{*m_links.taken});
        return Edit(std::move(edit));
    }
    if (m_isOverNode)
        return {};
    if (m_modifiers.testFlag(Qt::ShiftModifier))
        return m_links.taken ? Outcome(Edit(Disconnect{*m_links.taken})) : Outcome();
    AskForOp ask{m_end};
    ask.to = m_links.to;
    if (m_links.from)
        ask.from = outputOf(m_scene, *m_links.from);
    if (m_links.taken)
        ask.first.emplace_back(Disconnect{*m_links.taken});
    return ask;
}

void ConnectGesture::paint(QPainter& painter, const Theme& theme, qreal scale) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    if (detailAt(scale) != Detail::Block)
        paintPorts(painter, theme, scale);
    paintLinks(painter, theme);
    if (m_refused)
        paintBubble(painter, theme, m_end, QString::fromStdString(m_refused->message), theme.error);
}

/// Those that fit have a ring around them, the others shrink to a faint dot.
void ConnectGesture::paintPorts(QPainter& painter, const Theme& theme, qreal scale) const
{
    qint64 spent = 0;  // On verdicts alone: or else there would be none once drawing the others takes too long.
    m_isUnfinished = false;
    QColor glow = theme.value;
    glow.setAlphaF(0.3F);
    for (const NodeId node : m_scene.nodesIn(visibleArea(painter)))
        for (const Port& port : candidates(node)) {
            if (!m_verdicts.contains(port)) {
                if (spent > mostMilliseconds * 1000000) {
                    m_isUnfinished = true;
                    continue;
                }
                QElapsedTimer time;
                time.start();
                isRefused(port);
                spent += time.nsecsElapsed();
            }
            const QPointF centre = chainrule::at(m_scene, port);
            if (isRefused(port)) {
                painter.setPen(screenPen(theme.node, 1));
                painter.setBrush(theme.node);
                painter.drawEllipse(centre, portRadius + 1, portRadius + 1);
                painter.setPen(Qt::NoPen);
                painter.setBrush(theme.faint);
                painter.drawEllipse(centre, portRadius / 2, portRadius / 2);
            } else {
                const qreal ring = portRadius + 4 / scale;
                painter.setPen(Qt::NoPen);
                painter.setBrush(glow);
                painter.drawEllipse(centre, ring, ring);
                painter.setPen(screenPen(theme.value, 1.5));
                painter.setBrush(theme.node);
                painter.drawEllipse(centre, portRadius, portRadius);
            }
        }
}

void ConnectGesture::paintLinks(QPainter& painter, const Theme& theme) const
{
    painter.setBrush(Qt::NoBrush);
    if (m_links.taken && m_links.from) {
        QColor gone = theme.canvas;
        gone.setAlphaF(0.75F);
        painter.setPen(screenPen(gone, 4));
        painter.drawPolyline(linkTo(m_scene, *m_links.taken));
    }
    const bool isBad = m_refused.has_value();
    const QPen pen = screenPen(isBad ? theme.error : theme.value, 2, isBad ? Qt::DashLine : Qt::SolidLine);
    painter.setPen(pen);
    if (m_links.from)
        painter.drawPolyline(linkCurve(m_scene.at(*m_links.from), m_end));
    for (const Target& target : m_links.to)
        painter.drawPolyline(linkCurve(m_end, m_scene.at(target)));
    painter.setBrush(m_port && !isBad ? pen.color() : theme.canvas);
    painter.drawEllipse(m_end, portRadius, portRadius);
}

QString ConnectGesture::complaint() const
{
    return m_refused && !isForced() ? QString::fromStdString(m_refused->message).simplified() : QString();
}

QString ConnectGesture::hint() const
{
    if (isForced())
        return tr("Release to connect all the same; the error then stands on the node");
    if (m_refused) {
        const QString reason = complaint();
        const bool mayForce = !isStructural(*m_refused) && !m_links.areAll;
        return mayForce ? tr("%1 - with Ctrl the link is made all the same, and the error stands on the node")
                              .arg(reason)
                        : reason;
    }
    if (m_port)
        return m_links.from ? tr("Release to connect %1").arg(fullPortName(m_scene, *m_port))
                            : tr("Release to take %1").arg(fullPortName(m_scene, *m_port));
    if (m_isOverNode)
        return {};
    return m_links.taken ? tr("Release to choose an operation here, with Shift to take the link away")
                         : tr("Release to choose an operation here");
}

}  // namespace chainrule
