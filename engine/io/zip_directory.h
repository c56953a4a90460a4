// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/io/file.h"

#include <cstdint>

namespace chainrule {

/// Refuses an archive that could take more memory or time than its size lets one expect, before any is
/// asked for: one with too many members (see limits.h), or whose members lie over one another, outside the file or
/// where the directory is. libzip tells neither how many there will be nor where they lie.
/// @returns File: what is wrong, without the path. Else how many members the archive has.
Result<std::uint64_t> checkedZipDirectory(const InputFile& file);

}  // namespace chainrule
