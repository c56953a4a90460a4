// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/base/result.h"
#include "engine/graph/edit.h"

#include <string_view>
#include <variant>

namespace chainrule {

/// What goes through the history of a document and not into it.
enum class HistoryStep { Undo, Redo };

/// One line of `chainrule edit`.
using EditCommand = std::variant<Edit, HistoryStep>;

/// The edit that a line of JSON says, in names where an Edit has ids: `{"rename": {"node": "p", "to": "q"}}`,
/// `"undo"`. Fields are those of a document where it has them. A field that the edit does not have is an error:
/// unlike one of a document nobody would keep it.
/// @returns Document: `edit "rename", field "node": there is no node "p"`; what apply() asks is not asked here.
Result<EditCommand> editFromJson(const Diagram& diagram, std::string_view line);

}  // namespace chainrule
