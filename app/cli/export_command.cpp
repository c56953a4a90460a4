// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "engine/codegen/dot.h"
#include "engine/codegen/torch.h"
#include "engine/io/file.h"

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

}  // namespace

Status exportDocument(const ExportOptions& options)
{
    const auto session = openSession(options.session);
    if (!session) {
        complain(session.error().message);
        return unusable;
    }
    const Status status = complainOf(*session);
    const std::string text = options.format == "dot" ? dotText(session->run.evaluation, session->diagram.layout.groups)
                                                     : script(*session, options.session.file);
    if (!options.output) {
        print(text);
        return finished(status);
    }
    if (const auto failure = saveAtomically(*options.output, std::as_bytes(std::span(text)))) {
        complain(failure->message);
        return unusable;
    }
    return status;
}

}  // namespace chainrule::cli
