// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "engine/codegen/dot.h"
#include "engine/codegen/torch.h"
#include "engine/io/file.h"
#include "engine/io/npz.h"

namespace chainrule::cli {
namespace {

std::string script(const Session& session, const std::filesystem::path& document)
{
    std::vector<ScriptStep> steps;
    for (const Step& step : session.steps)
        steps.push_back({step.run.step, step.seedFiles});
    const Run& run = session.run;
    const auto error = run.error() ? std::optional(*run.error()) : std::nullopt;
    return torchScript(run.evaluation, steps, {run.stored, session.failedStep(), error},
                       {.document = document.filename().string(),
                        .groups = session.diagram.layout.groups,
                        .swappedFiles = session.swappedFiles});
}

/// All values and gradients; what NumPy cannot hold is complained of.
Result<std::vector<std::byte>> archive(const Run& run)
{
    std::vector<NpzEntry> entries;
    for (ExportFile& file : exportFiles(run)) {
        complainOfDType(file);
        entries.push_back({std::move(file.name), std::move(file.tensor)});
    }
    return npzBytes(entries);
}

Status written(const Session& session, const ExportOptions& options)
{
    const Status status = complainOf(session);
    std::string text;
    Result<std::vector<std::byte>> bytes = std::vector<std::byte>();
    std::span<const std::byte> content;
    if (options.format == "npz") {
        bytes = archive(session.run);
        if (!bytes) {
            complain(bytes.error().message);
            return unusable;
        }
        content = *bytes;
    } else {
        text = options.format == "dot" ? dotText(session.run.evaluation, session.diagram.layout.groups)
                                       : script(session, options.session.file);
        content = std::as_bytes(std::span(text));
    }
    if (!options.output) {
        print({reinterpret_cast<const char*>(content.data()), content.size()});
        return status;
    }
    if (!damagedFiles(session.run.evaluation.mappedSources()).empty())
        return status;  // What would be written may be wrong; it will be made again.
    if (const auto failure = saveAtomically(*options.output, content)) {
        complain(failure->message);
        return unusable;
    }
    return status;
}

}  // namespace

Status exportDocument(const ExportOptions& options)
{
    return inSession(options.session, [&](const Session& session) { return written(session, options); });
}

}  // namespace chainrule::cli
