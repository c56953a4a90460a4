// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/autograd/evaluate.h"
#include "engine/codegen/python_names.h"

#include <string>

namespace chainrule {

/// The functions that compare what a script computed with what Chainrule did, and count.
std::string checkHelpers(PythonNames& names);

/// `check("x", x, "float32", [2], None, False, "1p+0 1.8p+1", 1e-06)`: expects `expression` to be `value`, bit for bit
/// where it is not floating, else within PyTorch's tolerances and `slack`, which is absolute.
std::string checkOfValue(PythonNames& names, const std::string& address, const std::string& expression,
                         const Value& value, std::string_view gradFn, double slack);
/// `check_error("t3", t3, "TypeError", "…")`.
std::string checkOfError(PythonNames& names, const std::string& address, const std::string& expression,
                         const Error& error);
/// `check_none("x.grad", x.grad)`.
std::string checkOfNone(PythonNames& names, const std::string& address, const std::string& expression);

/// What sums may be made of.
struct Terms {
    std::int64_t count = 0;
    double largest = 0;  ///< Of their finite magnitudes.
    double epsilon = 0;  ///< Of the coarsest dtype that they went through.
};
Terms termsOf(std::span<const Tensor> tensors);
/// The distance of 1 from the next number; 0 for what is not floating.
double epsilonOf(DType dtype);

/// How far rounding may take Chainrule's sums from PyTorch's: 4 · (2 + log2 n) · eps · n · the largest magnitude in
/// terms and result, where eps is the larger of the result's and the terms', and n is how many terms there are for one element of the result. It cannot know which
/// terms enter which sum, and so is generous.
double slackOf(const Tensor& result, const Terms& terms);

}  // namespace chainrule
