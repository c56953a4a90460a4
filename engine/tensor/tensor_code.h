// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <string>

namespace chainrule {

// A tensor as Python that makes it again, all of it and to the bit (but for the payload of a NaN): every number in
// its shortest spelling that reads back the same, the dtype where Python would choose another. Rows stand below
// each other. A Python number is just that.

/// `torch.tensor([[0.1, 2.0], [float("nan"), 1e-05]])`
std::string torchCode(const Tensor& tensor);
/// `np.array([0.1, 2.0], dtype=np.float32)`; bfloat16, which NumPy lacks, as float32.
std::string numpyCode(const Tensor& tensor);

/// One element so: "0.1", "True", "-3", "float(\"inf\")".
std::string elementCode(const Tensor& tensor, std::int64_t index);

}  // namespace chainrule
