// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/io/python_literal.h"
#include "engine/tensor/dtype.h"

#include <string>

namespace chainrule {

/// What the `descr` of a .npy file says.
struct NpyDType {
    DType dtype;
    bool isSwapped;
    std::string descr;  ///< As NumPy's dtype.str spells it: "<f4".
};

/// Understands what numpy.dtype() does: byte order, codes with a size, codes without, names.
/// @returns ValueError "descr is not a valid dtype descriptor: '<q9'", ValueError for object arrays
///     (which are pickles), TypeError "can't convert np.ndarray of type numpy.str_. …".
Result<NpyDType> parseNpyDType(const PythonLiteral& descr);

/// "<f4", for this machine's byte order. Precondition: not bfloat16.
std::string npyDescr(DType dtype);

}  // namespace chainrule
