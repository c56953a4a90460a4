// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <initializer_list>

namespace chainrule {

// What gradient rules are written in, and the engine's C++ face: `a = x * y + z`. Each is the operation of
// the same name in the catalogue, so a rule that uses them can be differentiated again. They assert where
// a user's call would be refused.

/// The only output of `op`. For rules; what a user asked for goes through perform().
Value applied(const Op& op, std::initializer_list<Value> inputs);
Value applied(const Op& op, std::initializer_list<Value> inputs, Attributes attributes);
/// The operation of that name, which exists.
const Op& operation(std::string_view name);

Value operator+(const Value& a, const Value& b);
Value operator-(const Value& a, const Value& b);
Value operator*(const Value& a, const Value& b);
Value operator/(const Value& a, const Value& b);
Value operator-(const Value& x);
Value operator<(const Value& a, const Value& b);
Value operator<=(const Value& a, const Value& b);
Value operator>(const Value& a, const Value& b);
Value operator>=(const Value& a, const Value& b);
Value equal(const Value& a, const Value& b);

Value pow(const Value& x, const Value& exponent);
Value square(const Value& x);
Value exp(const Value& x);
Value log(const Value& x);
Value sqrt(const Value& x);
Value abs(const Value& x);
Value sign(const Value& x);
Value sin(const Value& x);
Value cos(const Value& x);
Value sigmoid(const Value& x);
Value tanh(const Value& x);
Value relu(const Value& x);
Value where(const Value& condition, const Value& x, const Value& y);

Value matmul(const Value& a, const Value& b);
/// The last two dimensions swapped.
Value mT(const Value& x);

/// Over all dims.
Value sum(const Value& x);
Value sum(const Value& x, const IntList& dims, bool keepdim);
Value mean(const Value& x);
Value mean(const Value& x, const IntList& dims, bool keepdim);
/// Adds up what broadcasting repeated: the sum over the dims in which `shape` has 1 or nothing.
Value sumTo(const Value& x, const Shape& shape);
Value softmax(const Value& x, std::int64_t dim);
Value logSoftmax(const Value& x, std::int64_t dim);

Value to(const Value& x, DType dtype);
/// The halves in float32, others as they are. A rule of several steps then rounds once, when the walk brings
/// its answer back to the input's dtype; so do PyTorch's gradient kernels.
Value widened(const Value& x);
Value expand(const Value& x, const Shape& shape);
Value reshape(const Value& x, const Shape& shape);
Value transpose(const Value& x, std::int64_t dim0, std::int64_t dim1);
Value permute(const Value& x, const IntList& dims);
Value unsqueeze(const Value& x, std::int64_t dim);
Value squeeze(const Value& x, std::int64_t dim);
/// Elements start ≤ i < end along dim, every step-th one.
Value slice(const Value& x, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step = 1);
/// Element `index` along dim, which disappears.
Value select(const Value& x, std::int64_t dim, std::int64_t index);
/// What slice takes back to its input: zeros of `shape`, with x at the places start, start + step, …
Value sliceBackward(const Value& x, const Shape& shape, std::int64_t dim, std::int64_t start, std::int64_t step);
/// Behind each other along dim; there is at least one.
Value cat(std::span<const Value> parts, std::int64_t dim);
/// Zeros that need no gradient.
Value zerosLike(const Value& x);

}  // namespace chainrule
