// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/commands.h"
#include "app/cli/session_arguments.h"

namespace chainrule::cli {

/// What `chainrule export` takes, declared once: the window program, which draws the pictures, reads the same
/// words.
class ExportArguments {
public:
    /// Declares them. The command must live as long.
    explicit ExportArguments(CLI::App& command);

    /// What was given, or a CLI::ValidationError.
    ExportOptions options() const;

private:
    CLI::App& m_command;
    SessionArguments m_session;
    ExportOptions m_options;
    std::filesystem::path m_output;
};

}  // namespace chainrule::cli
