// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

namespace chainrule {

// The operations by which the program itself brings tensors into a document.

/// Holds numbers that are typed in, or a file's.
const Op& literalOp();
/// Holds a Python number.
const Op& numberOp();
/// A tensor of ones of a given size.
const Op& onesOp();

}  // namespace chainrule
