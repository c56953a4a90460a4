// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/broadcast_words.h"

#include "engine/ops/op.h"

#include <QCoreApplication>

namespace chainrule {
namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Broadcast", text);
}

QString dimsText(const BroadcastInput& input)
{
    QStringList dims;
    for (const std::int64_t dim : input.dims)
        dims << QString::number(dim);
    return dims.join(QStringLiteral(", "));
}

}  // namespace

QString pythonShape(const Shape& shape)
{
    QStringList sizes;
    for (const std::int64_t size : shape)
        sizes << QString::number(size);
    return (shape.size() == 1 ? QStringLiteral("(%1,)") : QStringLiteral("(%1)")).arg(sizes.join(QStringLiteral(", ")));
}

QString arrowText(const BroadcastInput& input)
{
    return QStringLiteral("%1 → %2").arg(pythonShape(input.tensor.shape()), pythonShape(input.to));
}

QString shortArrowText(const BroadcastInput& input)
{
    return arrowText(input).remove(u' ');
}

QString shortFoldText(const BroadcastInput& input)
{
    return (input.dims.size() == 1 ? tr("Σ dim %1") : tr("Σ dims %1")).arg(dimsText(input));
}

QString foldText(const BroadcastInput& input)
{
    return (input.dims.size() == 1 ? tr("sum over dim %1") : tr("sum over dims %1")).arg(dimsText(input));
}

QString inWords(const Evaluation& evaluation, NodeId node, const BroadcastInput& input)
{
    const Op& op = *findOp(evaluation.graph().at(node).op);
    const std::string_view name = parameterOf(op, input.input).parameter->name;
    return (input.dims.size() == 1 ? tr("%1: %2, its gradient is summed over dim %3") : tr("%1: %2, its gradient is summed over dims %3"))
        .arg(QString::fromUtf8(name.data(), qsizetype(name.size())), arrowText(input), dimsText(input));
}

QString warningOf(const AccidentalBroadcast& accident)
{
    const QString n = QString::number(accident.size);
    return tr("(%1, 1) meets (%1,) and both are repeated to (%1, %1): every element meets every other. If they belong "
              "together in pairs, give both the same shape, with squeeze or unsqueeze.").arg(n);
}

QStringList broadcastLines(const Evaluation& evaluation, NodeId node)
{
    const Broadcasting broadcasting = broadcastingOf(evaluation, node);
    QStringList lines;
    for (const BroadcastInput& input : broadcasting.inputs)
        lines << inWords(evaluation, node, input);
    if (broadcasting.accident)
        lines << warningOf(*broadcasting.accident);
    return lines;
}

QStringList broadcastFlags(const Evaluation& evaluation, NodeId node)
{
    const auto accident = broadcastingOf(evaluation, node).accident;
    return accident ? QStringList(tr("(%1, 1) meets (%1,)").arg(accident->size)) : QStringList();
}

}  // namespace chainrule
