// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <functional>

namespace chainrule {

// What goes back to the operands of a product, in PyTorch's own steps: a gradient that is differentiated again then
// shows the grad_fn that PyTorch's has.

/// For which of the two operands a gradient is asked.
struct Needed {
    bool left;
    bool right;
};

/// Of torch.mm, two matrices: to the left one, to the right one, and to both as far as needed.
Value leftGradient(const Value& a, const Value& b, const Value& dy);
Value rightGradient(const Value& a, const Value& b, const Value& dy);
Gradients matrixGradients(const Value& a, const Value& b, const Value& dy, Needed needed);
/// Of torch.matmul, any two. PyTorch views the operands on the way forwards: `upstream` is called, once, when that is
/// done, and gives dy.
using UpstreamAtLast = std::function<Value()>;
Gradients productGradients(const Value& a, const Value& b, const UpstreamAtLast& upstream, Needed needed);

/// The transpose of a matrix as torch.t gives it.
Value turned(const Value& x);
/// A reshape that is recorded even if the shape stays.
Value viewed(const Value& x, const Shape& shape);
/// All dims but the last as one.
Shape rowsOfAll(const Shape& shape);

}  // namespace chainrule
