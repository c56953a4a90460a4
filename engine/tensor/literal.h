// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/tensor/tensor.h"

#include <optional>
#include <string_view>

namespace chainrule {

/// What torch.tensor(text, dtype=dtype, requires_grad=requiresGrad) holds; `text` is the positional
/// arguments as Python. Without `dtype` PyTorch's choice: float32, int64 or bool.
/// @returns PyTorch's errors with their words, Python's for what is no literal (see pythonLiteral), and
/// RuntimeError for more than 16 dimensions. Error::offset is where the cause begins in `text`, if it has
/// a place.
Result<Tensor> tensorLiteral(std::string_view text, std::optional<DType> dtype = {},
                             bool requiresGrad = false);

/// What torch.from_numpy(np.array(text)) holds: float64, int64 or bool.
/// @returns the errors of NumPy, of from_numpy for arrays of anything but numbers, and of tensorLiteral
/// for the text.
Result<Tensor> arrayLiteral(std::string_view text);

/// What a Python number is: a bool, an int or a float.
/// @returns Python's errors for what is no literal, TypeError for another, OverflowError for an int beyond int64 and uint64.
Result<Scalar> numberLiteral(std::string_view text);

/// What keeps `text` from being a call's arguments made of literals alone: Python's errors of pythonLiteral().
/// Where there are none, Python reads the text as the same numbers and runs nothing else.
Failure literalFailure(std::string_view text);

}  // namespace chainrule
