// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace chainrule {

/// Whether the program was started to draw a picture instead of opening a window.
bool isPictureCommand(int argumentCount, char* arguments[]);

/// `chainrule-window --picture ARGUMENTS`, by which `chainrule export ARGUMENTS` has its pictures drawn,
/// offscreen: the document as the window shows it after its passes. Nodes without a position are laid out.
/// @returns the exit status, as the command line has it.
int pictureCommand(int argumentCount, char* arguments[]);

}  // namespace chainrule
