// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/io/file.h"

namespace chainrule {

/// A whole file as memory that is read only where somebody looks, so that its size costs nothing.
///
/// Where another program makes the file shorter or writes to it, Buffer::damage() says so from then on: what was read
/// before it is asked, and found well, is what the file had when it was mapped. Bytes that are gone read as 0; nobody is
/// ended by the signal that they cause. What is beyond: a program that writes through a mapping of its own changes the
/// bytes before the system changes the file's time, on some file systems long before.
///
/// Numbers may thus change while they are looked at. That is for those alone that steer nothing: not for indices,
/// which are checked first and used later.
/// @returns File, also for file systems that cannot map. May wait some milliseconds for a file that was written just now.
Result<std::shared_ptr<Buffer>> mapFile(InputFile file);

}  // namespace chainrule
