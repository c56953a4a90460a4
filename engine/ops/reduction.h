// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/op.h"
#include "engine/ops/rules.h"

namespace chainrule {

// What operations share that reduce over some dims or all: the parameters `dim` and `keepdim`.

Parameter dimsParameter();
Parameter keepdimParameter();

/// One flag for each dim of `shape`. Precondition: `infer` has accepted the call.
template <typename T>
InlineVector<bool, 16> reduced(const Call<T>& call, const Shape& shape)
{
    return *reducedDims(call.attributes.find("dim")->second, shape.size());
}

/// One output in that dtype, without the reduced dims or with size 1 in their place.
Result<Types> inferReduced(const Call<TensorType>& call, DType output);

/// x with a dim of size 1 where each of the flagged dims was reduced.
Value withDims(Value x, const InlineVector<bool, 16>& reduced);

namespace sample {

/// The attributes of a sample that reduces over these dims, without keepdim and with it.
Attributes over(IntList dims);
Attributes keeping(IntList dims);

}  // namespace sample

}  // namespace chainrule
