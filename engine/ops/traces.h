// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/ops/grad_fns.h"

#include <optional>

// Which grad_fns PyTorch makes of a call, for the records of ops where that depends on the call: its own steps, one
// after the other. nullopt: the one that the record names.

namespace chainrule::traces {

std::optional<TracedTensor> add(GradFnTrace& trace);
std::optional<TracedTensor> sub(GradFnTrace& trace);
std::optional<TracedTensor> mul(GradFnTrace& trace);
std::optional<TracedTensor> div(GradFnTrace& trace);
std::optional<TracedTensor> pow(GradFnTrace& trace);
std::optional<TracedTensor> clamp(GradFnTrace& trace);
std::optional<TracedTensor> max(GradFnTrace& trace);
std::optional<TracedTensor> min(GradFnTrace& trace);
std::optional<TracedTensor> reshape(GradFnTrace& trace);
std::optional<TracedTensor> sumToSize(GradFnTrace& trace);
std::optional<TracedTensor> copy(GradFnTrace& trace);
std::optional<TracedTensor> valueSelectingReductionBackward(GradFnTrace& trace);
std::optional<TracedTensor> logSigmoid(GradFnTrace& trace);
std::optional<TracedTensor> logSigmoidBackward(GradFnTrace& trace);
std::optional<TracedTensor> mseLoss(GradFnTrace& trace);

std::optional<TracedTensor> matmul(GradFnTrace& trace);
std::optional<TracedTensor> linear(GradFnTrace& trace);

std::optional<TracedTensor> crossEntropy(GradFnTrace& trace);

}  // namespace chainrule::traces
