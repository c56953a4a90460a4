// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/io/export_files.h"

#include "engine/io/npy.h"

namespace chainrule {

std::string addressText(const Evaluation& evaluation, OutputId output)
{
    const std::string& name = evaluation.graph().at(output.node).name;
    return evaluation.hasNamedOutputs(output.node) ? name + "." + evaluation.outputName(output) : name;
}

std::string exportFileName(const Evaluation& evaluation, OutputId output, std::string_view suffix)
{
    return addressText(evaluation, output) + std::string(suffix) + ".npy";
}

const Value* gradOf(const Run& run, OutputId output)
{
    const Value& value = run.evaluation.value(output);
    if (!value.requiresGrad())
        return nullptr;
    const auto owner = run.evaluation.owner(value.place());  // Another node may be the very same tensor.
    return run.stored.find(owner.value_or(output));
}

const Value* flowingTo(const Run& run, OutputId output)
{
    const Value& value = run.evaluation.value(output);
    return value.requiresGrad() ? run.flow.find(value.place()) : nullptr;
}

std::vector<ExportFile> exportFiles(const Run& run, bool wantsFlowing)
{
    const Evaluation& evaluation = run.evaluation;
    std::vector<ExportFile> files;
    for (const NodeId id : evaluation.graph().ids()) {
        const auto& outputs = evaluation[id].outputs;
        for (std::uint32_t k = 0; k < outputs.size(); ++k) {
            const OutputId output{id, k};
            if (outputs[k].tensor().isNumber())
                continue;
            files.push_back({exportFileName(evaluation, output), outputs[k].tensor()});
            if (const Value* const grad = gradOf(run, output))
                files.push_back({exportFileName(evaluation, output, ".grad"), grad->tensor()});
            if (const Value* const flowing = wantsFlowing ? flowingTo(run, output) : nullptr)
                files.push_back({exportFileName(evaluation, output, ".flowing"), flowing->tensor()});
        }
    }
    return files;
}

Failure writeFiles(const std::filesystem::path& folder, std::span<const ExportFile> files,
                   const std::function<void(std::size_t index)>& written)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder, error))
        return fileError("cannot create the folder " + folder.string() + ": "
                         + (error ? error.message() : "there is a file of that name"));
    std::string names;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (auto failure = writeNpy(folder / files[i].name, files[i].tensor)) {
            failure->message += names.empty() ? "; nothing was written" : "; written before: " + names;
            return failure;
        }
        names += (names.empty() ? "" : ", ") + files[i].name;
        if (written)
            written(i);
    }
    return std::nullopt;
}

}  // namespace chainrule
