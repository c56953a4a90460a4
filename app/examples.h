// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <filesystem>
#include <vector>

namespace chainrule {

/// A document that teaches one thing.
struct Example {
    std::filesystem::path file;
    QString title;    ///< "Used three times", from its name.
    QString summary;  ///< Its first note.
    bool showsError;  ///< What PyTorch refuses.
};

/// Where the program keeps its examples: beside it in the build tree as in the package.
std::filesystem::path examplesFolder();

/// Those that are there: the introduction first, those that show errors last. Reads them, so not for the window's
/// thread.
std::vector<Example> examples();

}  // namespace chainrule
