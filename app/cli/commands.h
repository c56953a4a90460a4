// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/session.h"
#include "engine/io/export_files.h"

namespace chainrule::cli {

struct RunOptions {
    SessionOptions session;
    std::optional<std::filesystem::path> exportFolder = {};
    bool wantsFlowing = false;
    bool wantsJson = false;
};
Status run(const RunOptions& options);

/// Without a name: all of them.
Status ops(const std::optional<std::string>& name, bool wantsJson);

struct InspectOptions {
    std::filesystem::path file;
    std::optional<std::filesystem::path> exportFolder = {};
    bool wantsJson = false;
};
Status inspect(const InspectOptions& options);

struct CheckOptions {
    SessionOptions session;
    bool wantsJson = false;
};
/// The gradients of every pass against central differences.
Status check(const CheckOptions& options);

struct ExportOptions {
    SessionOptions session;
    std::string format;
    std::optional<std::filesystem::path> output = {};
};
Status exportDocument(const ExportOptions& options);

/// Replaces this program by the window's. @returns only if that fails.
Status openWindow(const std::vector<std::string>& arguments);

/// As writeFiles(), with progress, and a complaint about each file whose dtype NumPy lacks.
Failure exportTo(const std::filesystem::path& folder, std::span<const ExportFile> files);

}  // namespace chainrule::cli
