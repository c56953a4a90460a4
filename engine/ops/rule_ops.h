// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/value.h"

namespace chainrule {

// Operations that PyTorch's own gradient rules are made of and that people do not call. A gradient that is
// differentiated again shows their names.

/// Times a number, divided by one, plus and minus one, where PyTorch's rule is C++: what Python writes as `x * 2` has
/// another name.
Value scaled(const Value& x, double factor);
Value dividedBy(const Value& x, double divisor);
Value plus(const Value& x, double number);
Value minus(const Value& x, double number);
/// The sign, under the name that it has in rules.
Value sgn(const Value& x);
/// 1 / x
Value reciprocal(const Value& x);
/// log(sigmoid(x)), without exp of anything large.
Value logSigmoid(const Value& x);
/// x, but `value` where the mask says so.
Value maskedFill(const Value& x, const Value& mask, double value);
/// Likewise, of a single element.
Value maskedFill(const Value& x, const Value& mask, const Value& value);
/// Zeros of `sizes` with dy at `indices` along dim, of which a search found one in each row.
Value scattered(const Value& dy, std::int64_t dim, const Value& indices, const Shape& sizes, bool keepdim);
/// As expand(), but recorded even if the shape stays.
Value repeated(const Value& x, const Shape& shape);
/// What is sent to an input, in its shape and dtype at once where it is recorded, for the order of PyTorch's nodes; else
/// the walk does that last.
Value fittedWhereRecorded(const Value& sent, const Value& input);
/// x[.., start:end, ..] along dim, under the name of a slice even if that is everything.
Value cut(const Value& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step = 1);
/// torch.bmm: equally many matrices.
Value batchProduct(const Value& a, const Value& b);
/// What a backward pass that is recorded stores as the .grad of a leaf, and as that of a retained tensor.
Value copied(const Value& gradient);
Value cloned(const Value& gradient);

}  // namespace chainrule
