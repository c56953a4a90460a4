// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// Tells the C library's heap to keep memory that becomes free, where it can be told (glibc). Otherwise each pass takes the
/// memory of its tensors from the kernel anew, page by page. To be called first in a program's `main`.
///
/// Blocks above 32 MB still go back at once, and so does what is free beyond 256 MB.
void keepFreeMemory();

}  // namespace chainrule
