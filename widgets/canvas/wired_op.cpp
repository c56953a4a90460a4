// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/canvas/wired_op.h"

#include "engine/autograd/objection.h"
#include "widgets/palette/op_ranking.h"

#include <QCoreApplication>

#include <algorithm>
#include <memory>

namespace chainrule {
namespace {

/// Of what the output was computed to; absent where it was not.
std::optional<TensorType> typeOf(const Scene& scene, const OutputId& output)
{
    const NodeResult* result = scene.moment().isEmpty() ? nullptr : scene.moment().result(output.node);
    if (!result || output.index >= result->outputs.size())
        return std::nullopt;
    const Value& value = result->outputs[output.index];
    TensorType type = value.tensor().type();
    type.requiresGrad = value.requiresGrad();
    return type;
}

/// The op's first input that may take the type; absent: none may.
std::optional<std::uint32_t> inputFor(const Op& op, const std::optional<TensorType>& type)
{
    const auto count = std::uint32_t(op.tensorParameterCount());
    for (std::uint32_t parameter = 0; parameter < count; ++parameter)
        if (!type || mayAccept(op, parameter, *type))
            return parameter;
    return std::nullopt;
}

/// How the new node's first output is addressed: by no name if it is the only one, which attributes may
/// decide (max without a dim). Asked with matrices, as the inputs are not known yet.
std::string firstOutput(const Op& op, const Node& node)
{
    const std::size_t tensors = op.tensorParameterCount();
    const auto isGiven = std::make_unique<bool[]>(tensors);
    std::fill_n(isGiven.get(), tensors, true);
    const auto attributes = completed(op, {isGiven.get(), tensors}, node.attributes);
    const std::vector<TensorType> types(tensors, TensorType{DType::Float32, {2, 2}});
    const auto outputs = attributes ? op.infer({types, *attributes}) : Result<Types>(attributes.error());
    const std::size_t count = outputs ? outputs->size() : op.outputs.size();
    return count > 1 || op.variadicOutputs ? outputName(op, 0, count) : std::string();
}

}  // namespace

std::function<bool(const Op&)> opsFor(const Scene& scene, const AskForOp& ask)
{
    if (!ask.from)
        return {};
    return [type = typeOf(scene, *ask.from)](const Op& op) { return inputFor(op, type).has_value(); };
}

Edit wiredOp(const Scene& scene, const Op& op, const AskForOp& ask)
{
    // Its port comes to stand where the link ended, as nearly as can be told before the node is there.
    constexpr qreal portHeight = face_metrics::header + face_metrics::rowHeight;
    const qreal left = ask.from ? ask.position.x() : ask.position.x() - face_metrics::width;
    AddNode add = newNode(scene.diagram(), op, {left, ask.position.y() - portHeight});
    const NodeId id = add.id;
    const std::string output = firstOutput(op, add.node);
    const QString title =
        QCoreApplication::translate("WiredOp", "Add %1").arg(QString::fromStdString(add.node.name));
    Several edit{title.toStdString(), ask.first};
    edit.edits.emplace_back(std::move(add));
    if (ask.from)
        if (const auto parameter = inputFor(op, typeOf(scene, *ask.from)))
            edit.edits.emplace_back(Connect{scene.source(*ask.from), {id, *parameter}});
    for (const Target& target : ask.to)
        edit.edits.emplace_back(Connect{{id, output}, target});
    return edit;
}

}  // namespace chainrule
