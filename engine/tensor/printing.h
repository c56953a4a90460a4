// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor/tensor.h"

#include <string>
#include <string_view>

namespace chainrule {

/// What autograd knows about a tensor, as far as its text shows it.
struct ReprOptions {
    bool requiresGrad = false;
    std::string_view gradFn = {};  ///< "AddBackward0"; empty for a leaf. Goes before requiresGrad.
};

/// The text that PyTorch 2.13 prints for the tensor: `tensor([1., 2.], requires_grad=True)`. Of more
/// than 1000 elements it reads and shows the first and last three along each dimension. A Python number
/// prints as Python prints it: `2`, `2.0`, `True`.
std::string repr(const Tensor& tensor, const ReprOptions& options = {});

}  // namespace chainrule
