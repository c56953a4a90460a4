// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"

#include <initializer_list>

namespace chainrule {

// What the `infer` functions share: PyTorch's rules for dtypes and shapes, and its refusals.

/// The dtype that operands are brought to, by PyTorch's priority classes: tensors with dimensions, 0-dim
/// tensors, Python numbers. None operands do not count.
DType promotedDType(std::span<const TensorType> operands);
/// Likewise, and a bool or integer becomes float32 (`div`, `atan2`).
DType promotedFloating(std::span<const TensorType> operands);
/// `dtype`, or float32 for a bool or integer (`exp`, `sigmoid`).
DType floatingFor(DType dtype);

/// What PyTorch says of a Python int beyond int64, which is uint64 there, beside bools and other ints.
Failure refusedPromotion(std::span<const TensorType> operands);
/// Of such ints alone PyTorch makes a uint64 tensor.
Failure refusedUnsigned(std::span<const TensorType> operands);

/// The shape that all operands broadcast to, pairwise from the left.
Result<Shape> broadcastShape(std::span<const TensorType> operands);

/// One output in the input's shape; bool and integers become float32.
Result<Types> floatLikeInput(const Call<TensorType>& call);
/// One output in the input's shape and dtype.
Result<Types> likeInput(const Call<TensorType>& call);
/// The broadcast shape and the promoted dtype of all inputs.
Result<Types> promotedBroadcast(const Call<TensorType>& call);

/// NotImplementedError `"<kernel>" not implemented for 'Long'`.
Error notImplementedFor(std::string_view kernel, DType dtype);

/// What PyTorch says where its overloads of the operation take its arguments one by one, but not together.
Error noOverload(std::string_view op, const Call<TensorType>& call);

/// What PyTorch says where a number does not fit into the dtype that it is converted to.
Failure refusedNumber(const Scalar& number, DType dtype);

/// The dims of a reduction, wrapped: None or an empty list are all dims.
Result<InlineVector<bool, 16>> reducedDims(const Attribute& dim, std::size_t rank);

/// For `isView` of an op whose outputs always are.
inline bool alwaysView(const Call<Value>&, const Tensor&)
{
    return true;
}

/// The first input's dtype may be a number's: the dtype that a tensor made of it has.
inline DType tensorDType(const TensorType& type)
{
    return type.isNumber && type.dtype == DType::Float64 ? DType::Float32 : type.dtype;
}

}  // namespace chainrule
