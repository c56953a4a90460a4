// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/session.h"

#include <string>
#include <string_view>

namespace chainrule::cli {

/// The output's text as PyTorch prints it.
std::string valueText(const Evaluation& evaluation, OutputId output);
/// Likewise of a gradient or any other value that is no node's.
std::string valueText(const Evaluation& evaluation, const Value& value);
/// "NODE" or "NODE:OUTPUT", as a document addresses it.
std::string addressJson(const Evaluation& evaluation, OutputId output);
/// {"type": …, "message": …}, with the node that it is about and `more` fields.
std::string errorJson(const Error& error, std::string_view more = {});
/// Whether the node's retain_grad makes PyTorch keep `.grad` of this output.
bool retainsGrad(const Evaluation& evaluation, OutputId output);

/// What a script would print: every tensor in document order, then `.grad` of the leaves and of what retains it.
void printValues(const Session& session);
/// The same, and more, as one JSON object. `exported`: whether files were written; their names stand in it.
void printJson(const Session& session, bool isExported, bool isFlowingExported, bool wantsEvents);

}  // namespace chainrule::cli
