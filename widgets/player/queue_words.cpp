// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/player/queue_words.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

namespace chainrule {
namespace {

constexpr std::size_t mostNames = 5;

QString tr(const char* text)
{
    return QCoreApplication::translate("Queue", text);
}

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), qsizetype(utf8.size()));
}

QString nameOf(const Evaluation& evaluation, const QueuedEntry& queued)
{
    return queued.node ? text(evaluation.graph().at(*queued.node).name)
                       : text(gradFnName(evaluation.tape(), queued.entry));
}

/// "x (1 of 2)".
QString waitingWords(const Moment& moment, const QueuedEntry& queued)
{
    std::size_t arrived = 0;
    const Tape& tape = moment.evaluation().tape();
    for (std::size_t k = 0; k < tape.outputCount(queued.entry); ++k)
        arrived += moment.arrived({queued.entry, std::uint32_t(k)}).size();
    return tr("%1 (%2 of %3)").arg(nameOf(moment.evaluation(), queued)).arg(arrived).arg(
        arrived + std::size_t(queued.missing));
}

QString listed(QStringList names, std::size_t count)
{
    if (count == 0)
        return tr("none");
    QString words = names.join(QStringLiteral(" · "));
    if (count > std::size_t(names.size()))
        words += tr(" and %1 more").arg(count - std::size_t(names.size()));
    return words;
}

}  // namespace

QString queueWords(const Moment& moment, const EngineQueue& queue)
{
    QStringList ready, waiting, parts;
    for (const QueuedEntry& entry : std::span(queue.ready).first(std::min(queue.ready.size(), mostNames)))
        ready << nameOf(moment.evaluation(), entry);
    for (const QueuedEntry& entry : std::span(queue.waiting).first(std::min(queue.waiting.size(), mostNames)))
        waiting << waitingWords(moment, entry);
    if (queue.running)
        parts << tr("running %1").arg(nameOf(moment.evaluation(), *queue.running));
    parts << tr("ready %1").arg(listed(ready, queue.ready.size()))
          << tr("waiting %1").arg(listed(waiting, queue.waiting.size()));
    return parts.join(QStringLiteral("   "));
}

QString bytesWords(std::size_t bytes)
{
    if (bytes < 1000)
        return tr("%1 B").arg(bytes);
    static const char* const units[] = {"kB", "MB", "GB", "TB"};
    double amount = double(bytes) / 1000;
    std::size_t unit = 0;
    for (; amount >= 1000 && unit + 1 < std::size(units); ++unit)
        amount /= 1000;
    return QStringLiteral("%1 %2").arg(amount, 0, 'f', amount < 10 ? 1 : 0).arg(QLatin1String(units[unit]));
}

}  // namespace chainrule
