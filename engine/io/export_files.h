// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/run.h"
#include "engine/base/result.h"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

/// What an output is called in files and in print: "a", "m.values".
std::string addressText(const Evaluation& evaluation, OutputId output);
/// The file that an output goes to: "a.npy", with the suffix ".grad" "m.values.grad.npy".
std::string exportFileName(const Evaluation& evaluation, OutputId output, std::string_view suffix = {});

/// The output's `.grad` after all steps; nullptr for None.
const Value* gradOf(const Run& run, OutputId output);
/// What flowed to it in the last pass; nullptr where nothing did.
const Value* flowingTo(const Run& run, OutputId output);

/// A tensor and the name of the file that it is to be written to.
struct ExportFile {
    std::string name;
    Tensor tensor;
};
/// Every tensor of a run and every `.grad`, in document order; with `wantsFlowing` also what flowed in the last pass.
std::vector<ExportFile> exportFiles(const Run& run, bool wantsFlowing = false);

/// Creates the folder and writes the files, one after the other; `written` is told which one has been.
/// @returns File, with the list of what had been written before.
Failure writeFiles(const std::filesystem::path& folder, std::span<const ExportFile> files,
                   const std::function<void(std::size_t index)>& written = {});

}  // namespace chainrule
