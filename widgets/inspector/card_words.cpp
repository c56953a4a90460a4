// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspector/card_words.h"

#include "widgets/canvas/panel.h"

#include <QCoreApplication>

namespace chainrule {
namespace {

using Role = CardPart::Role;
using Joint = CardPart::Joint;

QString tr(const char* text)
{
    return QCoreApplication::translate("Card", text);
}

QString dims(const CardPart& part)
{
    QStringList numbers;
    for (const std::int64_t dim : part.dims)
        numbers << QString::number(dim);
    return (numbers.size() == 1 ? tr("dim %1") : tr("dims %1")).arg(numbers.join(QStringLiteral(", ")));
}

}  // namespace

QString captionOf(const CardPart& part)
{
    const QString words = QString::fromStdString(part.words);
    switch (part.role) {
    case Role::Given: return words;
    case Role::Arrived: return tr("upstream %1").arg(words);
    case Role::Repeated:
        return part.dims.empty() ? tr("repeated to %1").arg(shortShape(part.tensor.shape()))
                                 : tr("repeated over %1").arg(dims(part));
    case Role::Local: return words.isEmpty() ? tr("local derivative") : tr("local %1").arg(words);
    case Role::Factor: return words;
    case Role::Diagonal: return tr("diagonal %1").arg(words);
    case Role::Outer: return tr("outer product %1").arg(words);
    case Role::Jacobian: return tr("Jacobian, transposed");
    case Role::Slice: return tr("upstream %1").arg(words);
    case Role::SentSlice: return tr("sent to %1").arg(words);
    case Role::Product: return tr("product %1").arg(shortShape(part.tensor.shape()));
    case Role::Sent:
        return part.joint == Joint::SummedOver ? tr("summed over %1, sent to %2").arg(dims(part), words)
                                               : tr("sent to %1").arg(words);
    }
    return words;
}

QString signOf(Joint joint)
{
    switch (joint) {
    case Joint::Beside: return {};
    case Joint::Times: return QStringLiteral("×");
    case Joint::MatrixTimes: return QStringLiteral("·");
    case Joint::Minus: return QStringLiteral("−");
    case Joint::Equals: return QStringLiteral("=");
    case Joint::SummedOver: return QStringLiteral("Σ");
    case Joint::RepeatedOver:
    case Joint::Moved:
    case Joint::Becomes: return QStringLiteral("→");
    }
    return {};
}

Label::Role hueOf(const CardPart& part)
{
    switch (part.role) {
    case Role::Given:
    case Role::Factor: return Label::Role::ValueCaption;
    case Role::Local:
    case Role::Diagonal:
    case Role::Outer:
    case Role::Jacobian: return Label::Role::Caption;
    default: return Label::Role::GradientCaption;
    }
}

bool isGradient(const CardPart& part)
{
    return part.role == Role::Arrived || part.role == Role::Sent;
}

}  // namespace chainrule
