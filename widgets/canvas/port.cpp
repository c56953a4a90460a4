// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/port.h"

#include <QCoreApplication>

namespace chainrule {
namespace {

QString translated(const char* text)
{
    return QCoreApplication::translate("Port", text);
}

QString nodeName(const Scene& scene, NodeId node)
{
    return QString::fromStdString(scene.diagram().graph.at(node).name);
}

QString inputName(const Scene& scene, const Target& target)
{
    QString name = translated("input %1").arg(target.parameter + 1);
    std::uint32_t parameter = 0;
    if (const Op* op = findOp(scene.diagram().graph.at(target.node).op))
        for (const Parameter& candidate : op->parameters)
            if (candidate.isTensor() && parameter++ == target.parameter)
                name = QString::fromUtf8(candidate.name.data(), qsizetype(candidate.name.size()));
    return target.item ? translated("%1, item %2").arg(name).arg(*target.item) : name;
}

QString outputName(const Scene& scene, const OutputId& output)
{
    const std::string name = scene.source(output).output;
    return name.empty() ? translated("output") : QString::fromStdString(name);
}

}  // namespace

std::optional<Port> portOf(const Hit& hit)
{
    if (hit.part == Hit::Part::Input)
        return hit.target;
    if (hit.part == Hit::Part::Output)
        return hit.output;
    return std::nullopt;
}

NodeId nodeOf(const Port& port)
{
    return std::visit([](const auto& end) { return end.node; }, port);
}

QPointF at(const Scene& scene, const Port& port)
{
    return std::visit([&](const auto& end) { return scene.at(end); }, port);
}

QPolygonF linkTo(const Scene& scene, const Target& target)
{
    for (const std::uint32_t number : scene.wiresOf(target.node))
        if (const Scene::Wire& wire = scene.wire(number); wire.to == target)
            return scene.path(wire).points();
    return {};
}

std::optional<OutputId> outputOf(const Scene& scene, const Source& source)
{
    for (const OutputId& output : scene.outputs(source.node))
        if (scene.source(output) == source)
            return output;
    return std::nullopt;
}

QString portName(const Scene& scene, const Port& port)
{
    if (const auto* target = std::get_if<Target>(&port))
        return inputName(scene, *target);
    return outputName(scene, std::get<OutputId>(port));
}

QString fullPortName(const Scene& scene, const Port& port)
{
    const QString node = nodeName(scene, nodeOf(port));
    const auto* output = std::get_if<OutputId>(&port);
    if (output && scene.source(*output).output.empty())
        return node;
    return translated("%1 of %2").arg(portName(scene, port), node);
}

}  // namespace chainrule
