// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

namespace chainrule::cli {

Status exportDocument(const ExportOptions& options)
{
    const auto session = openSession(options.session);
    if (!session) {
        complain(session.error().message);
        return unusable;
    }
    return complainOf(*session);
}

}  // namespace chainrule::cli
