// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/node_check.h"

#include <QCoreApplication>

#include <algorithm>
#include <set>

namespace chainrule {
namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Check", text);
}

/// " at [1, 2]", and how many more there are like it.
QString place(const LeafCheck& leaf, const Shape& shape)
{
    const JacobianEntry& worst = *leaf.worst;
    const QString index = elementIndex(shape, worst.leafElement);
    const std::int64_t others = leaf.count(worst.verdict) - 1;
    QString words = index.isEmpty() ? QString() : tr(" at %1").arg(index);
    if (others > 0 && worst.verdict != Verdict::Agrees)
        words += others == 1 ? tr(" and 1 other element") : tr(" and %1 other elements").arg(others);
    return words;
}

/// What differs by so little that nothing is said of it may still be many times the other, where both are nearly 0.
QString difference(const JacobianEntry& entry)
{
    const bool isTelling = entry.relativeError() <= GradcheckOptions().relative;
    return isTelling ? tr("relative error %1").arg(errorNumber(entry.relativeError()))
                     : tr("%1 against %2").arg(checkNumber(entry.analytical), checkNumber(entry.numerical));
}

}  // namespace

QString elementIndex(const Shape& shape, std::int64_t element)
{
    if (shape.empty())
        return {};
    Shape index = shape;
    for (std::size_t d = shape.size(); d-- > 0; element /= std::max<std::int64_t>(shape[d], 1))
        index[d] = element % std::max<std::int64_t>(shape[d], 1);
    return QString::fromStdString(text(index));
}

QString checkNumber(double value)
{
    return QString::number(value, 'g', 6);
}

QString errorNumber(double relativeError)
{
    return QString::number(relativeError, 'g', 2);
}

QString checkWords(const LeafCheck& leaf, const Shape& shape)
{
    if (!leaf.faults.empty())
        return tr("The gradient check refuses it: %1").arg(QString::fromStdString(leaf.faults.front()));
    if (!leaf.worst)
        return tr("There is no element to compare with central differences.");
    const JacobianEntry& worst = *leaf.worst;
    const QString where = place(leaf, shape);
    switch (worst.verdict) {
    case Verdict::Agrees:
        return where.isEmpty() ? tr("Gradient agrees with central differences: %1.").arg(difference(worst))
                               : tr("Gradient agrees with central differences; worst%1, %2.").arg(where, difference(worst));
    case Verdict::Unresolved:
        return tr("Gradient differs from central differences%1 by no more than rounding explains: %2.")
            .arg(where, difference(worst));
    case Verdict::Kink:
        return tr("The function has a kink%1: its slope is %2 below and %3 above, and that the gradient is %4 is a convention.")
            .arg(where, checkNumber(worst.below), checkNumber(worst.above), checkNumber(worst.analytical));
    case Verdict::Singular:
        return tr("There is no derivative to compare with%1: the function is infinite or undefined there or next to it.")
            .arg(where);
    case Verdict::Mismatch:
        return tr("Gradient differs from central differences%1: %2 by its rules, %3 by differences, relative error %4.")
            .arg(where, checkNumber(worst.analytical), checkNumber(worst.numerical), errorNumber(worst.relativeError()));
    }
    return {};
}

CheckByNode checkByNode(const Evaluation& evaluation, const GraphCheck& check)
{
    std::set<OutputId> outputs;
    for (const GraphCheck::OfPass& pass : check.passes)
        outputs.insert(pass.check.leaves.begin(), pass.check.leaves.end());
    CheckByNode nodes;
    for (const OutputId output : outputs) {
        const LeafCheck& leaf = check.find(output)->leaf;
        const NodeCheck found{verdictOf(leaf), checkWords(leaf, evaluation.value(output).tensor().shape())};
        const auto [place, isNew] = nodes.try_emplace(output.node, found);
        if (!isNew && found.verdict > place->second.verdict)
            place->second = found;
    }
    return nodes;
}

}  // namespace chainrule
