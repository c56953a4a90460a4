// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/health_watch.h"

#include "app/settings.h"

#include <QEvent>

#include <memory>

namespace chainrule {
namespace {

constexpr std::size_t mostNodesAtOnce = 40;
constexpr std::int64_t mostElementsAtOnce = 10'000;

/// Whether it is found out within a frame.
bool isSmall(const Moment& moment)
{
    const Evaluation& evaluation = moment.evaluation();
    if (evaluation.order().size() > mostNodesAtOnce || moment.replay().length() > 10 * mostNodesAtOnce)
        return false;
    std::int64_t elements = 0;
    for (const NodeId id : evaluation.order())
        for (const Value& output : evaluation[id].outputs)
            elements += output.tensor().size();
    return elements <= mostElementsAtOnce;
}

}  // namespace

HealthWatch::HealthWatch(const Parts& parts, Commands& commands, QObject* parent)
    : QObject(parent), m_parts(parts), m_commands(commands)
{
    m_parts.panel.setLimits(settings::healthLimits());
    m_parts.panel.installEventFilter(this);
    connect(&m_parts.playback, &Playback::momentChanged, this, &HealthWatch::update);
    connect(&m_parts.panel, &HealthPanel::limitsEdited, this, [this] {
        settings::setHealthLimits(m_parts.panel.limits());
        update();
    });
    connect(&m_parts.panel, &HealthPanel::nodeChosen, &m_parts.view, [this](NodeId node) {
        m_parts.view.select({node});
        m_parts.view.reveal(node);
    });
    connect(&m_parts.view, &GraphView::selectionChanged, &m_parts.panel,
            [this] { m_parts.panel.setCurrent(m_parts.view.current()); });
    commands.on(CommandId::HealthOnNodes, [this] {
        m_isOnNodes = m_commands.action(CommandId::HealthOnNodes)->isChecked();
        update();
    });
}

bool HealthWatch::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show)
        update();
    return QObject::eventFilter(watched, event);
}

void HealthWatch::update()
{
    m_work.stop();
    const Moment& moment = m_parts.playback.moment();
    const bool isWanted = m_isOnNodes || m_parts.panel.isVisible();
    HealthOptions options = m_parts.panel.limits();
    if (!isWanted || moment.isEmpty()) {
        m_parts.view.showHealth(nullptr, options);
        m_parts.panel.show(moment, nullptr);
        return;
    }
    if (isSmall(moment)) {
        if (const auto health = gradientHealth(moment, options))
            take(moment, *health);
        return;
    }
    // What was found at another moment is not what is the case at this one.
    m_parts.view.showHealth(m_isOnNodes ? std::make_shared<const HealthByNode>() : nullptr, options);
    m_parts.panel.show(moment, nullptr);
    m_work.start(
        this,
        [moment, options](std::stop_token stop) mutable {
            options.stop = std::move(stop);
            return gradientHealth(moment, options);
        },
        [this, moment](const Result<GradientHealth>& health) {
            if (health)
                take(moment, *health);
        });
}

void HealthWatch::take(const Moment& moment, const GradientHealth& health)
{
    const auto nodes = std::make_shared<const HealthByNode>(healthByNode(health));
    m_parts.view.showHealth(m_isOnNodes ? nodes : nullptr, m_parts.panel.limits());
    m_parts.panel.show(moment, nodes.get());
    m_parts.panel.setCurrent(m_parts.view.current());
}

}  // namespace chainrule
