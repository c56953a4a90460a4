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

struct EditOptions {
    std::filesystem::path file;
    std::optional<std::filesystem::path> output = {};  ///< Without it the file itself is saved.
};
/// Reads edits from standard input and answers each.
Status edit(const EditOptions& options);

struct ExportOptions {
    SessionOptions session = {};
    std::string format = {};
    std::optional<std::filesystem::path> output = {};
    std::string theme = "light";  ///< Of a picture, or "dark".
    double scale = 2;             ///< Of a PNG: pixels for each unit of the canvas.

    bool isPicture() const { return format == "svg" || format == "png"; }
};
/// Everything but pictures, which the window program draws.
Status exportDocument(const ExportOptions& options);

/// Replaces this program by the window's. @returns only if that fails.
Status openWindow(const std::vector<std::string>& arguments);
/// Likewise, to draw a picture. `arguments`: those behind `chainrule export`; they have been checked.
Status drawPicture(const std::vector<std::string>& arguments);

/// Complains if NumPy lacks the dtype, so that another is written.
void complainOfDType(const ExportFile& file);
/// As writeFiles(), with progress, and a complaint about each file whose dtype NumPy lacks.
Failure exportTo(const std::filesystem::path& folder, std::span<const ExportFile> files);

}  // namespace chainrule::cli
