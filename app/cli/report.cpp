// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/report.h"

#include "engine/io/export_files.h"
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
        const Value* const grad = gradOf(session.run, output);
        print(addressText(evaluation, output) + ".grad = " + (grad ? valueText(evaluation, *grad) : "None") + "\n");
    });
}

}  // namespace chainrule::cli
