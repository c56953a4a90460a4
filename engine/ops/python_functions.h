// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/python_call.h"

/// How functions take their arguments that PyTorch wrote in Python, or that take them otherwise than its argument parser
/// does: the `refusal` of records.
namespace chainrule::refusals {

Failure relu(const Op& op, const PythonCall& call);
Failure norm(const Op& op, const PythonCall& call);
Failure split(const Op& op, const PythonCall& call);
Failure mseLoss(const Op& op, const PythonCall& call);
Failure crossEntropy(const Op& op, const PythonCall& call);
Failure binaryCrossEntropyWithLogits(const Op& op, const PythonCall& call);
Failure autogradGrad(const Op& op, const PythonCall& call);

/// Methods of tensors: the first argument is the tensor.
Failure method(const Op& op, const PythonCall& call);
Failure to(const Op& op, const PythonCall& call);
/// `x[…]`, whose attributes become an index.
Failure select(const Op& op, const PythonCall& call);
Failure slice(const Op& op, const PythonCall& call);

Failure tensor(const Op& op, const PythonCall& call);
Failure fromNumpy(const Op& op, const PythonCall& call);
Failure arange(const Op& op, const PythonCall& call);

}  // namespace chainrule::refusals
