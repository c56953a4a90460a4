// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "engine/io/npy.h"

#include <algorithm>

namespace chainrule::cli {

Failure writeFiles(const std::filesystem::path& folder, const std::vector<ExportFile>& files)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder))
        return fileError("cannot create the folder " + folder.string() + ": "
                         + (error ? error.message() : "there is a file of that name"));
    Progress progress("exporting");
    std::string written;
    for (std::size_t i = 0; i < files.size(); ++i) {
        progress.report(i, files.size());
        if (auto failure = writeNpy(folder / files[i].name, files[i].tensor)) {
            failure->message += written.empty() ? "; nothing was written" : "; written before: " + written;
            return failure;
        }
        written += (written.empty() ? "" : ", ") + files[i].name;
        if (npyDType(files[i].tensor.dtype()) != files[i].tensor.dtype())
            complain(files[i].name, "written as float32, because NumPy has no bfloat16");
    }
    return std::nullopt;
}

Status run(const RunOptions& options)
{
    const auto session = openSession(options.session);
    if (!session) {
        complain(session.error().message);
        return unusable;
    }
    const Status status = complainOf(*session);
    if (options.exportFolder)
        if (const auto failure = writeFiles(*options.exportFolder, exportFiles(*session, options.wantsFlowing))) {
            complain(failure->message);
            return unusable;
        }
    if (options.wantsJson)
        printJson(*session, options.exportFolder.has_value(), options.exportFolder && options.wantsFlowing,
                  options.session.wantsEvents);
    else
        printValues(*session);
    return finished(status);
}

}  // namespace chainrule::cli
