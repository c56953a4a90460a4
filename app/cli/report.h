// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/session.h"

#include <string>

namespace chainrule::cli {

/// What an output is called in files and in print: "a", "m.values".
std::string addressText(const Evaluation& evaluation, OutputId output);
/// The output's text as PyTorch prints it.
std::string valueText(const Evaluation& evaluation, OutputId output);
/// Likewise of a gradient or any other value that is no node's.
std::string valueText(const Evaluation& evaluation, const Value& value);
/// Whether the node's retain_grad makes PyTorch keep `.grad` of this output.
bool retainsGrad(const Evaluation& evaluation, OutputId output);
/// Its `.grad`; nullptr for None.
const Value* gradOf(const Session& session, OutputId output);
/// What flowed to it in the last pass; nullptr where nothing did.
const Value* flowingTo(const Session& session, OutputId output);

/// What a script would print: every tensor in document order, then `.grad` of the leaves and of what retains it.
void printValues(const Session& session);
/// The same, and more, as one JSON object. `exported`: whether files were written; their names stand in it.
void printJson(const Session& session, bool isExported, bool isFlowingExported, bool wantsEvents);

/// A file that `--export` writes.
struct ExportFile {
    std::string name;
    Tensor tensor;
};
std::string fileName(const Evaluation& evaluation, OutputId output, std::string_view suffix);
std::vector<ExportFile> exportFiles(const Session& session, bool wantsFlowing);

}  // namespace chainrule::cli
