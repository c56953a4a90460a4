// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "engine/io/file.h"
#include "engine/io/npy.h"

#include <algorithm>

namespace chainrule::cli {

void complainOfDType(const ExportFile& file)
{
    const DType dtype = file.tensor.dtype();
    if (npyDType(dtype) != dtype)
        complain(file.name, "written as float32, because NumPy has no bfloat16");
}

Failure exportTo(const std::filesystem::path& folder, std::span<const ExportFile> files)
{
    sweepDrafts(folder);
    Progress progress("exporting");
    return writeFiles(folder, files, [&](std::size_t index) {
        progress.report(index + 1, files.size());
        complainOfDType(files[index]);
    });
}

namespace {

Status reported(const Session& session, const RunOptions& options)
{
    const Status status = complainOf(session);
    if (options.exportFolder)
        if (const auto failure = exportTo(*options.exportFolder, exportFiles(session.run, options.wantsFlowing))) {
            complain(failure->message);
            return unusable;
        }
    if (options.wantsJson)
        printJson(session, options.exportFolder.has_value(), options.exportFolder && options.wantsFlowing,
                  options.session.wantsEvents);
    else
        printValues(session);
    return status;
}

}  // namespace

Status run(const RunOptions& options)
{
    return inSession(options.session, [&](const Session& session) { return reported(session, options); });
}

}  // namespace chainrule::cli
