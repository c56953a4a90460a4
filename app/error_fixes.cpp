// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/error_fixes.h"

#include "app/background_work.h"
#include "engine/autograd/remedies.h"

#include <QMenu>

namespace chainrule {

ErrorFixes::ErrorFixes(const Parts& parts, Commands& commands, QObject* parent) : QObject(parent), m_parts(parts)
{
    commands.on(CommandId::FixError, [this] { showMenu(); });
    connect(&m_parts.view, &GraphView::selectionChanged, this, &ErrorFixes::look);
    connect(&m_parts.live, &LiveRun::finished, this, &ErrorFixes::look);
    connect(&m_parts.document, &OpenDocument::changed, this, [this](const Diagram&, const Delta& delta) {
        if (delta.affectsValues())
            forget();
    });
    connect(&m_parts.inspector, &Inspector::wayOutChosen, this, [this](int index) { take(std::size_t(index)); });
}

ErrorFixes::~ErrorFixes()
{
    m_stop.request_stop();
}

void ErrorFixes::forget()
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    offer({});
}

void ErrorFixes::look()
{
    forget();
    const NodeId node = m_parts.view.current();
    const Moment& moment = m_parts.playback.moment();
    const NodeResult* const result = m_parts.live.isFresh() ? moment.result(node) : nullptr;
    if (!result || !result->error)
        return;
    inBackground(
        this,
        [diagram = m_parts.document.diagram(), moment, node, stop = m_stop.get_token()] {
            return remediesFor(diagram, moment.evaluation(), node, stop);
        },
        [this, stop = m_stop.get_token()](std::vector<Several> ways) {
            if (!stop.stop_requested())
                offer(std::move(ways));
        });
}

void ErrorFixes::offer(std::vector<Several> ways)
{
    m_ways = std::move(ways);
    QStringList titles;
    for (const Several& way : m_ways)
        titles << QString::fromStdString(way.title);
    m_parts.inspector.offerWaysOut(titles);
}

void ErrorFixes::take(std::size_t index)
{
    if (index >= m_ways.size())
        return;
    const Several way = m_ways[index];  // Applying it forgets them all.
    m_parts.document.apply(way);
    if (!m_parts.live.isAutoRun())
        m_parts.live.run();
}

void ErrorFixes::showMenu()
{
    if (m_ways.empty()) {
        Q_EMIT hinted(tr("No way out is known that the node would then compute with."));
        return;
    }
    auto* const menu = new QMenu(&m_parts.view);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (std::size_t i = 0; i < m_ways.size(); ++i)
        menu->addAction(QString::fromStdString(m_ways[i].title), this, [this, i] { take(i); });
    const QPointF corner = m_parts.view.toWidget(m_parts.view.scene().box(m_parts.view.current()).bottomLeft());
    menu->popup(m_parts.view.mapToGlobal(corner.toPoint()));
}

}  // namespace chainrule
