// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/report.h"

#include "engine/tensor/printing.h"

namespace chainrule::cli {
namespace {

/// Calls f(OutputId, const Value&) for every output that is a tensor, in document order.
template <typename F>
void forEachTensor(const Evaluation& evaluation, F&& f)
{
    for (const NodeId id : evaluation.graph().ids()) {
        const auto& outputs = evaluation[id].outputs;
        for (std::uint32_t k = 0; k < outputs.size(); ++k)
            if (!outputs[k].tensor().isNumber())
                f(OutputId{id, k}, outputs[k]);
    }
}

}  // namespace

std::string addressText(const Evaluation& evaluation, OutputId output)
{
    const std::string& name = evaluation.graph().at(output.node).name;
    return evaluation.hasNamedOutputs(output.node) ? name + "." + evaluation.outputName(output) : name;
}

std::string valueText(const Evaluation& evaluation, OutputId output)
{
    return valueText(evaluation, evaluation.value(output));
}

std::string valueText(const Evaluation& evaluation, const Value& value)
{
    return repr(value.tensor(), {.requiresGrad = value.requiresGrad(), .gradFn = evaluation.gradFn(value)});
}

bool retainsGrad(const Evaluation& evaluation, OutputId output)
{
    return evaluation.graph().at(output.node).retainGrad && !evaluation.isLeaf(evaluation.value(output));
}

const Value* gradOf(const Session& session, OutputId output)
{
    const Value& value = session.run.evaluation.value(output);
    if (!value.requiresGrad())
        return nullptr;
    const auto owner = session.run.evaluation.owner(value.place());  // Another node may be the very same tensor.
    return session.run.stored.find(owner.value_or(output));
}

const Value* flowingTo(const Session& session, OutputId output)
{
    const Value& value = session.run.evaluation.value(output);
    return value.requiresGrad() ? session.run.flow.find(value.place()) : nullptr;
}

void printValues(const Session& session)
{
    const Evaluation& evaluation = session.run.evaluation;
    for (const NodeId id : evaluation.graph().ids()) {
        const auto& outputs = evaluation[id].outputs;
        for (std::uint32_t k = 0; k < outputs.size(); ++k) {
            const OutputId output{id, k};
            const Tensor& tensor = outputs[k].tensor();
            std::string line = addressText(evaluation, output) + " = " + valueText(evaluation, output);
            if (!tensor.isNumber())
                line += "  # torch." + std::string(name(tensor.dtype())) + ", " + sizeText(tensor.shape());
            print(line + "\n");
        }
    }
    forEachTensor(evaluation, [&](OutputId output, const Value& value) {
        if (!evaluation.isLeaf(value) && !retainsGrad(evaluation, output))
            return;
        const Value* const grad = gradOf(session, output);
        print(addressText(evaluation, output) + ".grad = " + (grad ? valueText(evaluation, *grad) : "None") + "\n");
    });
}

std::string fileName(const Evaluation& evaluation, OutputId output, std::string_view suffix)
{
    return addressText(evaluation, output) + std::string(suffix) + ".npy";
}

std::vector<ExportFile> exportFiles(const Session& session, bool wantsFlowing)
{
    std::vector<ExportFile> files;
    forEachTensor(session.run.evaluation, [&](OutputId output, const Value& value) {
        files.push_back({fileName(session.run.evaluation, output, ""), value.tensor()});
        if (const Value* const grad = gradOf(session, output))
            files.push_back({fileName(session.run.evaluation, output, ".grad"), grad->tensor()});
        if (const Value* const flowing = wantsFlowing ? flowingTo(session, output) : nullptr)
            files.push_back({fileName(session.run.evaluation, output, ".flowing"), flowing->tensor()});
    });
    return files;
}

}  // namespace chainrule::cli
