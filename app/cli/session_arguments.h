// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/session.h"

#include <CLI/App.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace chainrule::cli {

/// The options that say what is run; their order on the line matters, so they are read after parsing.
class SessionArguments {
public:
    /// Declares them. The command must live as long.
    explicit SessionArguments(CLI::App& command);

    /// What was given, or a CLI::ValidationError.
    SessionOptions options() const;

private:
    CLI::Option* add(const std::string& name, const std::string& type, const std::string& help);
    CLI::Option* addFlag(const std::string& name, const std::string& help);

    CLI::App& m_command;
    std::filesystem::path m_file;
    std::map<std::string, std::vector<std::string>> m_ignored;  // Read through parse_order() instead.
    CLI::Option* m_backward;
    CLI::Option* m_gradient;
    CLI::Option* m_inputs;
    CLI::Option* m_set;
    CLI::Option* m_then;
    CLI::Option* m_retain;
    CLI::Option* m_create;
};

}  // namespace chainrule::cli
